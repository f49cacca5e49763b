"""Faults in the safety rules of the shipped content, and the property that must detect each of them.

A rule is removed, narrowed by one more criterion (such as a pain word) or by an alternative less, widened by an
alternative more, or a sign loses its kind. Each fault is put into a copy of the content in memory; a property that holds of the shipped content must fail
there, and show a patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad

from kg.knowledge.content.content import Content, of_graphs
from kg.knowledge.sparql.iris import BASE, RDFS_LABEL, SUB_CLASS_OF, ns

LOW, THORACIC = "topic/low-back-pain/", "topic/thoracic-back-pain/"


@dataclass(frozen=True)
class SafetyFault:
    """One fault.

    Attributes:
        rule: What is changed, by the end of its IRI.
        change: ``"removed"``; ``"needs"`` a finding more; ``"without"`` an alternative; ``"or"`` an alternative more;
            ``"no kind of"`` a finding.
        what: The finding.
        found_by: The property that must fail.
    """

    rule: str
    change: str
    what: str
    found_by: str

    def __str__(self) -> str:
        return f"{self.rule} {self.change} {self.what}".strip()


FAULTS = tuple(
    SafetyFault(*words)
    for words in (
        # ------------------------------------------------------------ how fast
        ("urgency/myelopathy", "removed", "", "cauda-equina-sign-that-needs-no-pain-is-emergent"),
        ("urgency/myelopathy", "needs", "adult", "cord-sign-is-emergent-whatever-the-pain"),
        ("urgency/myelopathy", "needs", "adult", "hand-off-does-not-lower-urgency"),
        ("urgency/myelopathy", "needs", "thoracic-back-pain", "cord-sign-is-emergent-whatever-the-pain"),
        ("urgency/myelopathy", "needs", "lumbar-back-pain", "weak-legs-with-sphincter-is-emergent"),
        ("urgency/myelopathy", "needs", "spinal-pain", "urgency-does-not-depend-on-the-pain"),
        ("urgency/myelopathy", "needs", "spinal-pain", "compressed-cord-on-a-study-is-emergent"),
        (
            "urgency/myelopathy",
            "without",
            "sign-of-cauda-equina-syndrome",
            "cauda-equina-sign-is-emergent-whatever-the-pain",
        ),
        (
            "urgency/myelopathy",
            "without",
            "sign-of-cauda-equina-syndrome",
            "cauda-equina-sign-with-low-back-pain-is-emergent",
        ),
        ("urgency/rapidly-progressing-deficit", "removed", "", "rapid-deficit-is-emergent"),
        ("urgency/rapidly-progressing-deficit", "needs", "back-pain", "rapid-deficit-is-emergent"),
        ("urgency/rapidly-progressing-deficit", "or", "foot-drop", "foot-drop-is-no-sign-of-the-cord"),
        ("urgency/severe-deficit", "removed", "", "severe-deficit-is-urgent"),
        ("urgency/severe-deficit", "needs", "thoracic-back-pain", "severe-deficit-is-urgent"),
        ("urgency/epidural-abscess", "removed", "", "epidural-abscess-is-urgent"),
        ("urgency/epidural-abscess", "needs", "fever", "epidural-abscess-on-a-study-is-urgent"),
        ("urgency/epidural-abscess", "needs", "thoracic-mri-performed", "epidural-abscess-is-urgent"),
        ("urgency/epidural-abscess-with-deficit", "removed", "", "epidural-abscess-with-deficit-is-emergent"),
        (
            f"{THORACIC}urgency/severe-deficit-with-thoracic-pain",
            "removed",
            "",
            "severe-deficit-with-thoracic-pain-is-emergent",
        ),
        (f"{THORACIC}urgency/initial-mri", "removed", "", "neurologic-sign-with-thoracic-pain-is-urgent"),
        (f"{THORACIC}urgency/initial-mri", "needs", "acute-pain", "neurologic-sign-with-thoracic-pain-is-urgent"),
        (
            f"{THORACIC}myelopathy-or-radiculopathy",
            "without",
            "sign-of-radiculopathy",
            "neurologic-sign-with-thoracic-pain-is-urgent",
        ),
        ("urgency/myelopathy", "needs", "interscapular-pain", "cord-sign-with-thoracic-pain-is-emergent"),
        (f"{THORACIC}urgency/neurologic-sign", "removed", "", "deficit-with-abnormal-film-is-urgent"),
        (f"{THORACIC}urgency/neurologic-sign", "needs", "suspicion-of-cancer", "deficit-with-abnormal-film-is-urgent"),
        # ------------------------------------------------------------ whom to call
        ("escalation/cauda-equina", "removed", "", "cauda-equina-sign-that-needs-no-pain-calls-the-surgeons"),
        ("escalation/cauda-equina", "needs", "fever", "cauda-equina-sign-that-needs-no-pain-calls-the-surgeons"),
        (
            "escalation/cauda-equina",
            "without",
            "reduced-anal-tone",
            "cauda-equina-sign-that-needs-no-pain-calls-the-surgeons",
        ),
        (
            f"{LOW}escalation/cauda-equina-with-low-back-pain",
            "removed",
            "",
            "cauda-equina-sign-with-low-back-pain-calls-the-surgeons",
        ),
        ("escalation/cauda-equina", "needs", "lumbar-back-pain", "weak-legs-with-sphincter-calls-the-surgeons"),
        (
            "escalation/cauda-equina",
            "without",
            "spinal-pain",
            "failing-bladder-with-pain-or-sign-calls-the-surgeons",
        ),
        (
            "escalation/cauda-equina",
            "without",
            "unsteady-gait",
            "failing-bladder-with-pain-or-sign-calls-the-surgeons",
        ),
        ("escalation/compressed-cord", "removed", "", "compressed-cord-is-called"),
        ("escalation/compressed-cord", "without", "paraplegia", "compressed-cord-is-called"),
        ("escalation/compressed-cord", "needs", "thoracic-back-pain", "compressed-cord-is-called"),
        (
            "escalation/child-with-sign-of-cord-or-cauda-equina",
            "removed",
            "",
            "child-with-cord-sign-calls-the-surgeons",
        ),
        (
            "escalation/child-with-sign-of-cord-or-cauda-equina",
            "needs",
            "back-pain",
            "child-with-cord-sign-calls-the-surgeons",
        ),
        ("escalation/rapidly-progressing-deficit", "removed", "", "rapid-deficit-calls-the-surgeons"),
        ("escalation/rapidly-progressing-deficit", "needs", "back-pain", "rapid-deficit-calls-the-surgeons"),
        ("escalation/sudden-interscapular-pain", "removed", "", "sudden-interscapular-pain-calls-emergency-medicine"),
        (
            "escalation/sudden-interscapular-pain",
            "needs",
            "dyspnea",
            "sudden-interscapular-pain-calls-emergency-medicine",
        ),
        ("escalation/vascular-emergency", "removed", "", "vascular-suspicion-calls-emergency-medicine"),
        ("escalation/vascular-emergency", "needs", "thoracic-back-pain", "vascular-suspicion-calls-emergency-medicine"),
        # ------------------------------------------------------------ what to do at once
        ("action/consult-for-compressed-cord", "removed", "", "compressed-cord-calls-the-surgeons"),
        ("action/consult-for-compressed-cord", "needs", "spinal-pain", "compressed-cord-on-a-study-calls-the-surgeons"),
        ("action/consult-for-epidural-abscess", "removed", "", "epidural-abscess-calls-neurosurgery"),
        (
            "action/consult-for-epidural-abscess",
            "needs",
            "thoracic-back-pain",
            "epidural-abscess-calls-infectious-disease",
        ),
        (
            "action/consult-for-epidural-abscess-with-deficit",
            "removed",
            "",
            "epidural-abscess-with-deficit-is-an-emergency",
        ),
        (
            "action/consult-for-epidural-abscess-with-deficit",
            "needs",
            "lumbar-back-pain",
            "epidural-abscess-with-deficit-is-an-emergency",
        ),
        ("action/consult-for-epidural-abscess", "needs", "fever", "epidural-abscess-on-a-study-calls-neurosurgery"),
        (f"{THORACIC}action/decompression", "removed", "", "significant-abscess-with-deficit-is-decompressed"),
        (
            f"{THORACIC}action/decompression",
            "needs",
            "thoracic-back-pain",
            "significant-abscess-with-deficit-is-decompressed",
        ),
        (f"{THORACIC}pattern/infection", "without", "phlegmon", "infection-on-mri-calls-infectious-disease"),
        (f"{THORACIC}action/consult-for-infection", "removed", "", "infection-on-mri-calls-infectious-disease"),
        (f"{THORACIC}action/consult-for-tumor", "removed", "", "tumor-on-mri-calls-neurosurgery"),
        (f"{THORACIC}action/consult-for-tumor", "needs", "diagnosis-confirmed", "tumor-on-mri-calls-neurosurgery"),
        # ------------------------------------------------------------ where the patient belongs
        ("hand-off/high-energy-trauma", "removed", "", "major-trauma-is-handed-on"),
        ("hand-off/high-energy-trauma", "without", "unexaminable-after-trauma", "major-trauma-is-handed-on"),
        ("hand-off/child", "needs", "lumbar-back-pain", "child-is-handed-on"),
        ("hand-off/vascular", "removed", "", "vascular-suspicion-is-handed-on"),
        ("hand-off/sudden-interscapular-pain", "removed", "", "sudden-interscapular-pain-is-handed-on"),
        ("hand-off/infection", "needs", "fever", "spine-infection-as-the-question-is-handed-on"),
        (
            f"{LOW}hand-off/cauda-equina-without-low-back-pain",
            "without",
            "saddle-anesthesia",
            "cauda-equina-sign-without-low-back-pain-is-handed-on",
        ),
        (
            f"{LOW}hand-off/myelopathy-with-low-back-pain",
            "needs",
            "lumbar-back-pain",
            "myelopathy-as-the-question-is-handed-on",
        ),
        (f"{THORACIC}hand-off/myelopathy", "removed", "", "cord-sign-without-thoracic-pain-is-handed-on"),
        # ------------------------------------------------------------ infection
        ("urgency/infection-with-deficit", "without", "fever", "infection-with-deficit-is-an-emergency"),
        ("escalation/infection-with-deficit", "without", "sign-of-myelopathy", "infection-with-deficit-calls-both"),
        (
            "escalation/infection-with-deficit",
            "or",
            "suspected-spinal-infection",
            "infection-without-deficit-is-no-emergency-of-the-cord",
        ),
        ("hand-off/spinal-pain-with-fever", "or", "fever", "fever-alone-moves-nobody"),
        ("hand-off/fever-with-deficit", "removed", "", "fever-with-deficit-is-handed-on"),
        (
            "topic/suspected-spine-infection/hand-off/child",
            "removed",
            "",
            "child-with-suspected-infection-is-handed-on",
        ),
        (
            f"{THORACIC}urgency/neurologic-sign",
            "or",
            "foot-drop",
            "neurologic-sign-without-thoracic-pain-is-not-hurried-by-a-film",
        ),
        # ------------------------------------------------------------ what cannot be done, or is asked first
        ("contraindication/mri-contraindicated", "removed", "", "mri-that-cannot-be-done-is-ruled-out"),
        ("contraindication/mri-contraindicated", "needs", "thoracic-back-pain", "mri-that-cannot-be-done-is-ruled-out"),
        ("contraindication/cardiac-implantable-device", "removed", "", "device-or-claustrophobia-is-checked"),
        ("contraindication/gadolinium-allergy", "needs", "lumbar-back-pain", "gadolinium-is-checked"),
        ("contraindication/severe-renal-impairment", "removed", "", "iodinated-contrast-is-checked"),
        ("contraindication/pregnancy", "needs", "adult", "pregnancy-is-checked"),
        ("contraindication/bleeding-risk", "removed", "", "bleeding-risk-is-checked"),
        # ------------------------------------------------------------ what is warned of, and what it holds back
        (
            f"{LOW}warning/cord-signs-with-low-back-pain",
            "without",
            "babinski-sign",
            "cord-sign-with-low-back-pain-is-warned-of",
        ),
        (f"{LOW}warning/cauda-equina-before-other-causes", "removed", "", "cauda-equina-is-not-explained-away"),
        (
            f"{LOW}warning/serious-finding-on-a-study",
            "without",
            "destructive-process-sign",
            "destruction-with-low-back-pain-is-not-uncomplicated",
        ),
        (
            f"{THORACIC}warning/serious-finding-in-acute-pain",
            "removed",
            "",
            "destruction-on-a-study-is-not-uncomplicated",
        ),
        (
            f"{THORACIC}warning/serious-finding-in-acute-pain",
            "without",
            "destructive-process-sign",
            "destruction-told-with-thoracic-pain-is-not-uncomplicated",
        ),
        (
            f"{THORACIC}warning/serious-finding-in-lasting-pain",
            "removed",
            "",
            "destruction-told-with-thoracic-pain-is-not-uncomplicated",
        ),
        (
            f"{THORACIC}warning/myelopathy-before-other-causes",
            "without",
            "referred-visceral-pain",
            "cord-sign-is-not-explained-away",
        ),
        ("warning/chest-or-abdomen-with-back-pain", "without", "dyspnea", "chest-or-abdomen-is-not-managed-at-home"),
        ("warning/chest-or-abdomen-with-back-pain", "needs", "thoracic-back-pain", "chest-or-abdomen-is-warned-of"),
        (
            "warning/suspicion-before-inflammatory-pain",
            "needs",
            "thoracic-back-pain",
            "suspicion-is-not-explained-away",
        ),
        # ------------------------------------------------------------ what is offered where the cord is in question
        (
            f"{THORACIC}preference/mri-for-the-cord-after-surgery",
            "removed",
            "",
            "cord-and-no-mri-is-not-radiography-alone",
        ),
        # ------------------------------------------------------------ a sign that is taken out of its kind
        ("finding/babinski-sign", "no kind of", "sign-of-myelopathy", "cord-sign-is-emergent-whatever-the-pain"),
        (
            "finding/reduced-anal-tone",
            "no kind of",
            "sign-of-cauda-equina-syndrome",
            "cauda-equina-sign-with-low-back-pain-is-emergent",
        ),
        (
            "finding/suspected-aortic-dissection",
            "no kind of",
            "vascular-emergency-suspected",
            "vascular-suspicion-calls-emergency-medicine",
        ),
        (
            "finding/foot-drop",
            "no kind of",
            "major-neurologic-deficit",
            "major-deficit-is-not-left-without-imaging",
        ),
        ("finding/night-pain", "no kind of", "suspicion-of-cancer", "red-flag-is-not-left-without-imaging"),
    )
)


def faulty(content: Content, fault: SafetyFault) -> Content:
    """The content with a fault in it."""
    quads = {quad for graph in content.graphs.values() for quad in graph}
    subjects = {quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode)}
    (rule,) = {iri for iri in subjects if iri == BASE + fault.rule}
    node, finding = NamedNode(rule), NamedNode(f"{BASE}finding/{fault.what}")
    gone: set[Quad] = set()
    added: list[Quad] = []
    if fault.change == "removed":
        gone = {q for q in quads if _of(q.subject, rule) or _of(q.object, rule)}
    elif fault.change == "needs":
        added = list(_criterion(node, finding))
    elif fault.change == "without":
        gone = {q for q in quads if _of(q.subject, rule) and q.predicate == ns("ifPresent") and q.object == finding}
    elif fault.change == "or":
        asked = {q.subject for q in quads if _of(q.subject, rule) and q.predicate == ns("ifPresent")}
        added = [Quad(criterion, ns("ifPresent"), finding) for criterion in asked]
    elif fault.change == "no kind of":
        gone = {Quad(node, SUB_CLASS_OF, finding)} & quads
    assert gone or added, f"{fault}: changes nothing"
    graphs = {name: [quad for quad in graph if quad not in gone] for name, graph in content.graphs.items()}
    home = next(name for name, graph in content.graphs.items() if any(quad.subject == node for quad in graph))
    graphs[home] += added
    return of_graphs(graphs, content.prefixes)


def _of(term: object, rule: str) -> bool:
    """Whether a term is the rule or stands in it."""
    return isinstance(term, NamedNode) and (term.value == rule or term.value.startswith(f"{rule}/"))


def _criterion(rule: NamedNode, finding: NamedNode) -> Iterable[Quad]:
    node = NamedNode(f"{rule.value}/criterion/one-more")
    yield Quad(rule, ns("criterion"), node)
    yield Quad(node, ns("slug"), Literal("one-more"))
    yield Quad(node, RDFS_LABEL, Literal("one more", language="en"))
    yield Quad(node, ns("ifPresent"), finding)
