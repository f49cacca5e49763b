"""Reads a FHIR R4 bundle of one patient: each entry into one of three lists, and the case that they state together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kg.errors import CaseError, shown
from kg.patient.case import Case
from kg.patient.facts import THIS_CASE
from kg.patient.performed import Performed
from kg.records.context import Context
from kg.records.elements import Concept, MisshapenError, Resource, concept, concepts, place_of, text, truth, when
from kg.records.questionnaire import answers
from kg.records.record import Entry, Record, RecordFact
from kg.records.resources import NEVER, READERS
from kg.records.statements import Reading, aside, unread

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor

EPISODE = 90
"""Days before today with which an episode begins, unless it is said when it began."""

_STUDIES = ("DiagnosticReport", "ImagingStudy")

_BY_A_PERSON = "set aside by a person who looked at it"


def is_bundle(data: object) -> bool:
    """Whether data is a FHIR bundle.

    >>> is_bundle({"resourceType": "Bundle"}), is_bundle({"present": ["fever"]})
    (True, False)
    """
    return isinstance(data, dict) and data.get("resourceType") == "Bundle"


def read_record(
    bundle: object,
    guide: Assessor,
    *,
    today: date | None = None,
    since: date | None = None,
    set_aside: Collection[str] = (),
    lists_studies: bool | None = None,
    place: str = "the bundle",
) -> Record:
    """Read a FHIR R4 bundle of one patient.

    Args:
        bundle: The bundle as plain data, as JSON gives it.
        guide: Knows what codes imply.
        today: The day on which it is read; by default today.
        since: The first day of this episode; by default 90 days before. What was done before stands for none of today.
        set_aside: Entries, such as ``"Condition/7"``, that a person looked at and that do not matter.
        lists_studies: Whether the bundle lists the studies that were done, so that one not listed was not done; by
            default, if it has a report or an imaging study at all.
        place: What to call the bundle in an error.

    Raises:
        CaseError: It is no bundle, or one of several patients; or ``set_aside`` names an entry that is not there.

    >>> import kg
    >>> code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M54.6"}]}
    >>> pain = {"resourceType": "Condition", "id": "1", "code": code}
    >>> record = read_record({"resourceType": "Bundle", "entry": [{"resource": pain}]}, kg.load())
    >>> record.case.present, record.not_understood
    (('thoracic-back-pain',), ())
    """
    now = today or date.today()
    begins = since or now - timedelta(days=EPISODE)
    entries = list(_resources(bundle, place))
    context = replace(Context.of(guide, now, begins), patient=_patient(entries, place))
    missing = set(set_aside) - {name for name, _ in entries}
    if missing:
        message = f"{place}: has no entry {shown(min(missing))} to set aside; name one as TYPE/ID"
        raise CaseError(message)
    read = [
        (name, resource, aside(_BY_A_PERSON) if name in set_aside else _read(resource, context, guide))
        for name, resource in entries
    ]
    if lists_studies is None:
        lists_studies = any(resource.get("resourceType") in _STUDIES for _, resource in entries)
    return _record(_agreed(_covered(read)), now, begins, presume=lists_studies)


def _resources(bundle: object, place: str) -> Iterator[tuple[str, Resource]]:
    """The resources of a bundle, each with its name; a name that is given twice is told apart by its number."""
    if not is_bundle(bundle) or not isinstance(bundle, dict):
        message = f"{place}: is no FHIR bundle; give an object whose resourceType is 'Bundle'"
        raise CaseError(message)
    given = bundle.get("entry", [])
    if not isinstance(given, list):
        message = f"{place}: entry is no list; give the entries of the bundle in a list"
        raise CaseError(message)
    resources = [each.get("resource") if isinstance(each, dict) else None for each in given]
    names = [
        place_of(each, number) if isinstance(each, dict) else f"entry {number}"
        for number, each in enumerate(resources, 1)
    ]
    count = Counter(names)
    for number, (name, resource) in enumerate(zip(names, resources, strict=True), 1):
        own = f"{name} (entry {number})" if count[name] > 1 else name
        yield own, resource if isinstance(resource, dict) else {}


def _patient(entries: Sequence[tuple[str, Resource]], place: str) -> frozenset[str]:
    """How entries may refer to the patient; empty if the bundle has none."""
    patients = {name: each for name, each in entries if each.get("resourceType") == "Patient"}
    ids = {str(each.get("id")) for each in patients.values()}
    if len(ids) > 1:
        message = f"{place}: has {len(ids)} patients; give a bundle of one"
        raise CaseError(message)
    return frozenset(ids)


def _read(resource: Resource, context: Context, guide: Assessor) -> Reading:
    kind = resource.get("resourceType")
    try:
        if not isinstance(kind, str) or not kind:
            return unread("no FHIR resource")
        if kind in NEVER:
            return aside(NEVER[kind])
        for name in ("modifierExtension", "implicitRules"):
            if name in resource:
                return unread(f"{name}, which may turn its meaning round")
        if kind == "Patient":
            return _age(resource, context, guide)
        if not _of_patient(resource, context):
            return unread("of somebody who is not the patient of this bundle")
        if kind == "QuestionnaireResponse":
            return answers(resource, context, guide)
        if kind not in READERS:
            return unread("resources of this kind are not read")
        return READERS[kind](resource, context)
    except MisshapenError as error:
        return unread(f"not as FHIR R4 writes it: {error}")


def _of_patient(resource: Resource, context: Context) -> bool:
    """Whether an entry is of the patient, as far as it says; a reference may be relative, absolute or a URN."""
    for name in ("subject", "patient"):
        if name in resource and context.patient:
            subject = resource[name]
            if not isinstance(subject, dict):
                message = f"{name} is no object"
                raise MisshapenError(message)
            reference = text(subject, "reference")
            if reference and reference.rpartition("/")[2].rpartition(":")[2] not in context.patient:
                return False
    return True


def _age(resource: Resource, context: Context, guide: Assessor) -> Reading:
    """The age by the date of birth; of two ages that it may mean, either if they mean the same here."""
    if truth(resource, "deceasedBoolean") or "deceasedDateTime" in resource:
        return unread("the patient has died")
    born = when(resource, "birthDate")
    if born is None:
        return aside("no date of birth: the age is not known")
    youngest, oldest = _years(born[1], context.today), _years(born[0], context.today)
    measure = context.measures.get("age")
    if measure is None or not measure.lowest <= Decimal(youngest) <= Decimal(oldest) <= measure.highest:
        return unread("a date of birth that gives no age")
    because = f"born {text(resource, 'birthDate')}"
    if youngest != oldest and _means(youngest, guide) != _means(oldest, guide):
        return unread(f"{because}: the age is {youngest} or {oldest}, which are not the same here")
    return Reading((RecordFact("measured", "age", because, float(youngest)),))


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _means(age: int, guide: Assessor) -> tuple[frozenset[str], ...]:
    """What an age alone says: the findings that are present, absent and undecided."""
    names = ("knownPresent", "knownAbsent", "undecided")
    with guide.core.evaluation(Case(measured={"age": age})) as (_, evaluation):
        return tuple(map(frozenset, evaluation.conclusions(THIS_CASE, names).values()))


ReadEntry = tuple[str, Resource, Reading]


def _covered(read: Sequence[ReadEntry]) -> list[ReadEntry]:
    """Take one study for one: of a study and its report, or of one that is recorded twice, the entry that says most."""
    groups: dict[tuple[str, date | None], list[int]] = defaultdict(list)
    for number, (_, _, reading) in enumerate(read):
        for fact in reading.facts:
            if fact.way == "performed":
                groups[fact.word, fact.on].append(number)
    found = list(read)
    for numbers in groups.values():
        most, *others = sorted(numbers, key=lambda number: -len(_seen(read[number][2])))
        for number in others:
            name, resource, reading = read[number]
            more = set(_seen(reading)) - set(_seen(read[most][2]))
            if not more and not reading.unread:
                found[number] = name, resource, aside(f"the same study as {read[most][0]}")
    return found


def _seen(reading: Reading) -> tuple[str, ...]:
    return tuple(word for fact in reading.facts for word in fact.seen)


def _agreed(read: Sequence[ReadEntry]) -> list[ReadEntry]:
    """Take back what the record both states and refutes, the further orders, and numbers that are not the highest."""
    facts = [fact for _, _, reading in read for fact in reading.facts]
    present, absent = ({fact.word for fact in facts if fact.way == way} for way in ("present", "absent"))
    orders = {fact.word for fact in facts if fact.way == "order"}
    highest: dict[str, float] = {}
    for fact in facts:
        if fact.way == "measured" and fact.value is not None:
            highest[fact.word] = max(fact.value, highest.get(fact.word, fact.value))
    several = len([fact for fact in facts if fact.way == "order"]) > 1
    found = []
    for name, resource, reading in read:
        kept, reasons, aside_for = [], list(reading.unread), reading.aside
        for fact in reading.facts:
            if fact.way in ("present", "absent") and fact.word in present & absent:
                reasons.append(f"the record both states and refutes {fact.word}")
            elif fact.way == "order" and several:
                others = f"{len(orders)} studies are" if len(orders) > 1 else "it is"
                reasons.append(f"{others} ordered more than once; one order is judged at a time")
            elif fact.way == "measured" and fact.value != highest[fact.word]:
                aside_for = aside_for or f"a lower number of {fact.word} than another of this episode"
            else:
                kept.append(fact)
        found.append((name, resource, Reading(tuple(kept), tuple(dict.fromkeys(reasons)), aside_for)))
    return found


def _record(read: Sequence[ReadEntry], today: date, since: date, *, presume: bool) -> Record:
    used, not_relevant, not_understood = [], [], []
    for name, resource, reading in read:
        what = _about(resource)
        if reading.facts:
            used.append(Entry(name, what, reading.facts, reading.unread))
        elif reading.unread:
            not_understood.append(Entry(name, what, unread=reading.unread))
        else:
            not_relevant.append(Entry(name, what, aside=reading.aside or "says nothing"))
    case = _case([fact for entry in used for fact in entry.facts], presume=presume)
    return Record(case, tuple(used), tuple(not_relevant), tuple(not_understood), since, today)


def _case(facts: Sequence[RecordFact], *, presume: bool) -> Case:
    def words(way: str) -> list[str]:
        return list(dict.fromkeys(fact.word for fact in facts if fact.way == way))

    measured: dict[str, Any] = {}
    for fact in facts:
        if fact.way == "measured" and fact.value is not None:
            measured[fact.word] = int(fact.value) if fact.value == int(fact.value) else fact.value
    studies: dict[tuple[str, date | None], list[str]] = defaultdict(list)
    for fact in facts:
        if fact.way == "performed":
            studies[fact.word, fact.on] += fact.seen
    done = [
        Performed(word, tuple(dict.fromkeys(seen)), (), on.isoformat() if on else "")
        for (word, on), seen in studies.items()
    ]
    orders = words("order")
    return Case(
        present=words("present"),
        absent=words("absent"),
        measured=measured,
        performed=done,
        order=orders[0] if orders else None,
        presume=presume,
    )


def _about(resource: Resource) -> str:
    """What an entry is about, as the record names it; empty if it does not say, or says it wrongly."""
    try:
        for name in ("code", "type"):
            if isinstance(resource.get(name), dict):
                return _short(concept(resource, name))
        named = concepts(resource, "procedureCode") if "procedureCode" in resource else ()
        return _short(named[0]) if named else ""
    except MisshapenError:
        return ""


def _short(what: Concept) -> str:
    said = str(what)
    return "" if said == "nothing" else said[:80]
