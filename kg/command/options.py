"""The parser of the command line, with the help that lists the verbs, and completion for a shell."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping, Sequence
from shlex import quote

from kg.command.verb import Verb, endpoint_options

_GROUPS = {
    "one patient": ("one_patient", "ONE_PATIENT"),
    "evidence to hand on": ("one_patient", "EVIDENCE"),
    "ask the knowledge": ("knowledge", "KNOWLEDGE"),
    "write the knowledge": ("authoring", "AUTHORING"),
    "many patients": ("many_patients", "MANY_PATIENTS"),
    "codes of records": ("authoring", "CODES"),
    "this command": ("options", "THIS_COMMAND"),
}
"""The groups of the help, in order, each with the module and the table that hold its verbs."""


def groups() -> Mapping[str, Mapping[str, Verb]]:
    """All verbs by name, by the group of the help.

    >>> list(groups()["many patients"])
    ['audit']
    """
    from importlib import import_module

    return {group: getattr(import_module(f"kg.command.{module}"), table) for group, (module, table) in _GROUPS.items()}


def verb_named(name: str) -> Verb:
    """The verb of this name."""
    return next(verbs[name] for verbs in groups().values() if name in verbs)


def parser(words: Sequence[str]) -> ArgumentParser:
    """The parser of a command line.

    Args:
        words: The command line. Its first word is the verb, and only the options of that verb are set up: those of
            all verbs would take as long as the answer to one case.

    >>> parser(["where"]).parse_args(["where", "fever"]).thing
    'fever'
    """
    top = ArgumentParser(
        prog="nextstudy",
        usage="nextstudy VERB ...",
        description=_overview(),
        epilog=(
            "Exit status: 0 fine, 1 problems found (or nothing found), 2 unusable input.\n"
            "A clinician makes the decision. Not for emergencies."
        ),
        formatter_class=RawDescriptionHelpFormatter,
    )
    version = _version() if words[:1] in (["--version"], ["-V"]) else ""
    top.add_argument("-V", "--version", action="version", version=version, help="show the version and exit")
    added = top.add_subparsers(dest="verb", required=True, metavar="VERB", prog=top.prog, help=SUPPRESS)
    verbs = {name: verb for group in groups().values() for name, verb in group.items()}
    for name in verbs.keys() & words[:1] or verbs:
        verb = verbs[name]
        # A question brings its own options, which an abbreviation of ours must not shadow.
        own = added.add_parser(name, description=_as_sentence(verb.purpose), allow_abbrev=verb.abbreviations)
        verb.options(own)
        if name == "ask" and words[:1] == ["ask"]:
            from kg.command.asking import add_options

            add_options(own, words[1:])
        if verb.content:
            own.add_argument("--content", metavar="FOLDER", help="a content folder; default: the shipped ontology")
            endpoint_options(own)
        if verb.language:
            own.add_argument("--language", metavar="TAG", default="en", help="of labels and texts; default: en")
        own.set_defaults(verb_parser=own)
    return top


def arguments_of(words: Sequence[str]) -> Namespace:
    """Read a command line.

    Args:
        words: The command line; its first word is the verb.

    Returns:
        The arguments; ``verb`` is the verb.

    Raises:
        SystemExit: It asks for help or the version, or cannot be read; the usage of its verb is shown.
    """
    arguments, rest = parser(words).parse_known_args(words)
    if rest:  # said by the parser of the verb, so that its usage is shown
        arguments.verb_parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return arguments


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"nextstudy {version('nextstudy')}"
    except PackageNotFoundError:
        return "nextstudy, run from a folder; installing it gives it a version"


def _overview() -> str:
    """The beginning of the help: the verbs in groups, which argparse cannot make."""
    lines = ["nextstudy tells you which imaging study comes next, how urgently, and why."]
    for group, verbs in groups().items():
        lines += ["", f"{group}:", *(f"  {name:<14}  {verb.purpose}" for name, verb in verbs.items())]
    return "\n".join([*lines, "", "`nextstudy VERB --help` lists what a verb takes."])


def _as_sentence(purpose: str) -> str:
    return f"{purpose[0].upper()}{purpose[1:]}."


# ---------------------------------------------------------------------- completion

_BASH = """# Completion of nextstudy. Read it in once: {how}
_nextstudy() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD - 1]}}" words=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        words={verbs}
    else
        case "${{COMP_WORDS[1]}} $before" in
{choices}
        *)
            case "${{COMP_WORDS[1]}}" in
{options}
            esac
            ;;
        esac
    fi
    [ "${{word#-}}" = "$word" ] && words="${{words%%--*}}"  # options only where one is begun: the rest is files
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _nextstudy nextstudy
"""

_ZSH = "autoload -U +X compinit bashcompinit && compinit && bashcompinit\n"
_HOW = {
    "bash": 'eval "$(nextstudy completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(nextstudy completion zsh)" in ~/.zshrc',
    "fish": "nextstudy completion fish | source in ~/.config/fish/config.fish",
}


def completion(shell: str) -> str:
    """A script with which a shell completes verbs, their options, and what these may be.

    Args:
        shell: ``"bash"``, ``"zsh"`` or ``"fish"``.
    """
    taken = {name: dict(_taken(name)) for group in groups().values() for name in group}
    if shell == "fish":
        return "".join(f"{line}\n" for line in [f"# Completion of nextstudy: {_HOW[shell]}", *_fish(taken)])
    choices = [
        f"        {quote(f'{verb} {option}')}) words={quote(' '.join(values))} ;;"
        for verb, options in taken.items()
        for option, values in options.items()
        if values and option
    ]
    options = [
        f"            {verb}) words={quote(' '.join([*found.get('', ()), *(name for name in found if name)]))} ;;"
        for verb, found in taken.items()
    ]
    verbs = quote(" ".join([*taken, "--help", "--version"]))
    script = _BASH.format(how=_HOW[shell], verbs=verbs, choices="\n".join(choices), options="\n".join(options))
    return f"{_ZSH if shell == 'zsh' else ''}{script}"


def _taken(verb: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a verb takes: each option with what it may be, and under an empty name the words that may come first."""
    own = ArgumentParser()
    found = verb_named(verb)
    found.options(own)
    if found.content:
        own.add_argument("--content")
        endpoint_options(own)
    first: tuple[str, ...] = ()
    if verb == "ask":
        from kg.command.asking import add_options
        from kg.knowledge.ask.catalogue import questions

        add_options(own, ())
        first = tuple(question.name for question in questions())
    for action in own._actions:
        values = tuple(map(str, action.choices or ()))
        if not action.option_strings:
            first += values
        if action.help != SUPPRESS:
            yield from ((name, values) for name in action.option_strings if name.startswith("--"))
    yield "", first


def _fish(taken: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[str]:
    for verbs in groups().values():
        for verb, found in verbs.items():
            yield f"complete -c nextstudy -f -n __fish_use_subcommand -a {verb} -d {quote(found.purpose)}"
            here = f"complete -c nextstudy -n '__fish_seen_subcommand_from {verb}'"
            for option, values in taken[verb].items():
                several = f" -a {quote(' '.join(values))}" if values else ""
                if option:
                    yield f"{here} -l {option.removeprefix('--')}{f' -x{several}' if values else ''}"
                elif values:
                    yield f"{here} -f{several}"


def completion_options(parser: ArgumentParser) -> None:
    """What ``completion`` takes."""
    parser.add_argument("shell", choices=sorted(_HOW), help="; ".join(f"{name}: {how}" for name, how in _HOW.items()))


def run_completion(arguments: Namespace) -> int:
    """Write the completion for a shell."""
    print(completion(arguments.shell), end="")
    return 0


THIS_COMMAND = {
    "completion": Verb("verbs and options completed by your shell", completion_options, run_completion, content=False),
}
"""The verb about this command."""
