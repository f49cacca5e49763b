"""Computes the hashes of a capsule: of graphs, and of the capsule itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, serialize


def canonical_hash(quads: Iterable[Quad]) -> str:
    """Hash a graph, whatever the order of its triples and the labels of its blank nodes.

    Returns:
        SHA-256, in hexadecimal digits, of the canonical N-Quads of RDFC-1.0.

    >>> from pyoxigraph import BlankNode
    >>> from kg.knowledge.sparql.iris import ns
    >>> see = ns("present")
    >>> canonical_hash([Quad(BlankNode("a"), see, BlankNode("b"))]) == canonical_hash(
    ...     [Quad(BlankNode(), see, BlankNode())]
    ... )
    True
    """
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    # Each statement is serialized alone: a literal may contain characters that str.splitlines takes for a line break.
    lines = sorted(serialize([quad], format=RdfFormat.N_QUADS) or b"" for quad in dataset)
    return hashlib.sha256(b"".join(lines)).hexdigest()


def capsule_name(hash_of_slice: str, hash_of_case: str) -> str:
    """The identifier of a capsule, made from its two hashes.

    Args:
        hash_of_slice: The hash of the content that the case was assessed against.
        hash_of_case: The hash of the case with everything derived from it.

    Returns:
        An IRI relative to the base of the project.

    >>> capsule_name("a", "b").startswith("capsule/")
    True
    """
    return f"capsule/{hashlib.sha256(f'{hash_of_slice} {hash_of_case}'.encode()).hexdigest()}"
