"""What is odd about a set of rules: overlaps, gaps, ranges that nothing meets."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from app.catalog.schemas.remarks import Remark
from app.catalog.schemas.rules import RuleRow
from app.catalog.schemas.spans import Span, Spans
from app.kit.i18n import Sentence
from onec.compatibility import Effect
from onec.configuration import Edition

REMARKS_MAX = 100


def remarks(rows: Sequence[RuleRow]) -> list[Remark]:
    """All that an editor should look at, at most a hundred remarks."""
    spans = [Span.of(number, row) for number, row in enumerate(rows, start=1)]
    return list(islice(_remarks(spans), REMARKS_MAX))


def _remarks(spans: Sequence[Span]) -> Iterator[Remark]:
    allowed = [span for span in spans if span.rule.effect is Effect.ALLOW]
    denied = [span for span in spans if span.rule.effect is Effect.DENY]
    if not allowed:
        text = Sentence("Ни одно правило ничего не разрешает", "No rule allows anything")
        yield Remark("NOTHING_ALLOWED", text)
    for span in spans:
        yield from _impossible(span)
    sound = [span for span in allowed if not span.is_empty]
    index = Spans(sound)
    for one, other in index.meetings():
        text = Sentence(
            f"Правила {one.number} и {other.number} пересекаются: {one.about}",
            f"Rules {one.number} and {other.number} overlap: {one.about}",
        )
        yield Remark("RULES_OVERLAP", text, (one.number, other.number))
    yield from _gaps(sound)
    for deny in denied:
        for span in index.swallowed(deny):
            text = Sentence(
                f"Запрет {deny.number} перекрывает правило {span.number} целиком",
                f"The deny rule {deny.number} leaves nothing of rule {span.number}",
            )
            yield Remark("DENY_SWALLOWS_ALLOW", text, (deny.number, span.number))


def _impossible(span: Span) -> Iterator[Remark]:
    if span.is_empty:
        text = Sentence(
            f"Правилу {span.number} не соответствует ни одна версия",
            f"No version meets rule {span.number}",
        )
        yield Remark("RANGE_EMPTY", text, (span.number,))
        return
    tested = span.rule.tested_to
    if tested is not None and not span.first < tested.end <= span.end:
        text = Sentence(
            f"«Проверено до» правила {span.number} вне его диапазона",
            f"Tested-to of rule {span.number} lies outside its range",
        )
        yield Remark("TESTED_OUTSIDE", text, (span.number,))
    for excluded in span.rule.excluded:
        if excluded.end <= span.first or excluded.from_key >= span.end:
            text = Sentence(
                f"Исключение {excluded.text} вне диапазона правила {span.number}",
                f"Exclusion {excluded.text} lies outside the range of rule {span.number}",
            )
            yield Remark("EXCLUSION_OUTSIDE", text, (span.number,))
    for platforms in span.rule.platform_excluded:
        if platforms.from_key >= platforms.end:
            text = Sentence(
                f"В правиле {span.number} пустой диапазон платформ {platforms.text}",
                f"The platforms {platforms.text} of rule {span.number} are an empty range",
            )
            yield Remark("PLATFORM_RANGE_EMPTY", text, (span.number,))


def _gaps(spans: Iterable[Span]) -> Iterator[Remark]:
    """Versions between two rules of one configuration and edition that neither of them meets."""
    lines: dict[tuple[str | None, Edition], list[Span]] = {}
    for span in spans:
        for edition in Edition:
            if edition in span.rule.editions:
                lines.setdefault((span.rule.configuration, edition), []).append(span)
    told: set[tuple[int, int]] = set()
    for line in lines.values():
        line.sort(key=lambda span: span.first)
        last = line[0]
        for span in line[1:]:
            if span.first > last.end and (last.number, span.number) not in told:
                told.add((last.number, span.number))
                yield _gap(last, span)
            last = max(last, span, key=lambda each: each.end)


def _gap(last: Span, following: Span) -> Remark:
    upper, lower = last.row.version_to, following.row.version_from
    return Remark(
        "RULES_GAP",
        Sentence(
            f"{last.about}: версии после {upper} и до {lower} не разрешены ни одним правилом",
            f"{last.about}: no rule allows versions after {upper} and before {lower}",
        ),
        (last.number, following.number),
    )
