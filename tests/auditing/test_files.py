"""Files are written whole, or not at all."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from kg.errors import OutputError
from kg.files import write_text


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "answer.ttl"
    path.write_text("older", encoding="utf-8")
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OutputError, match=r"answer\.ttl: cannot be written \(No space left on device\); make room"):
        write_text(path, "newer")
    assert [file.name for file in tmp_path.iterdir()] == ["answer.ttl"]
    assert path.read_text(encoding="utf-8") == "older"


def test_another_name_of_the_same_file_keeps_what_it_names(tmp_path: Path) -> None:
    path, other = tmp_path / "orders.csv", tmp_path / "picture.svg"
    path.write_text("orders", encoding="utf-8")
    other.hardlink_to(path)
    write_text(other, "picture")
    assert (path.read_text(encoding="utf-8"), other.read_text(encoding="utf-8")) == ("orders", "picture")


def test_a_new_file_is_new_and_gone_when_it_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "topic.ttl"
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800", new=True)
    assert not path.exists()
    write_text(path, "a", new=True)
    with pytest.raises(OutputError, match=r"topic\.ttl: cannot be written \(File exists\); name a new file"):
        write_text(path, "b", new=True)
    assert path.read_text(encoding="utf-8") == "a"


def test_a_device_is_written_and_stays_one() -> None:
    write_text("/dev/null", "nothing")
    with pytest.raises(OutputError, match="/dev/full: cannot be written"):
        write_text("/dev/full", "something")
