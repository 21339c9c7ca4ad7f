"""A run as JUnit XML, which CI systems show case by case."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from evals._record import CaseRecord
from evals._result import RunResult

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(result: RunResult) -> str:
    """One ``testcase`` for each case and repeat; those not measured are errors, not failures."""
    name = str(result.info.get("suite"))
    attempts = [record.outcome for record in result.records]
    seconds = sum(record.timings_ms.get("total", 0) for record in result.records) / 1000
    root = ET.Element(
        "testsuite",
        name=name,
        tests=str(len(attempts)),
        failures=str(attempts.count("failed")),
        errors=str(attempts.count("not_measured")),
        time=f"{seconds:.3f}",
    )
    for record in result.records:
        _add(root, name, record)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add(root: ET.Element, suite: str, record: CaseRecord) -> None:
    repeat = f" (repeat {record.repeat})" if record.repeat > 1 else ""
    case = ET.SubElement(
        root,
        "testcase",
        classname=suite,
        name=_clean(record.id) + repeat,
        time=f"{record.timings_ms.get('total', 0) / 1000:.3f}",
    )
    if record.outcome != "passed":
        tag = "failure" if record.outcome == "failed" else "error"
        problem = ET.SubElement(case, tag, type=str(record.stage), message=_clean(record.reason))
        answer = record.answer["answer"] if record.answer else ""
        problem.text = _clean(f"{record.questions[-1]}\n\n{answer}".strip())


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
