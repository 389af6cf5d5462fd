"""``junit.xml``, without times and host names, so that two equal runs give equal bytes."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from leaseproof.evidence.record import Record, Test
from leaseproof.evidence.tables import why

NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(record: Record) -> str:
    """Return the XML: a suite for each kind of test, one for the proofs with id and invariant."""
    root = ElementTree.Element("testsuites", name="leaseproof")
    suites: dict[str, list[Test]] = {}
    for test in record.tests:
        suites.setdefault("/".join(test.nodeid.split("/")[:2]), []).append(test)
    for name, tests in sorted(suites.items()):
        _tests(root, name, tests)
    _proofs(root, record)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _tests(root: ElementTree.Element, name: str, tests: Sequence[Test]) -> None:
    results = [test.result for test in tests]
    suite = _suite(
        root,
        name,
        tests=len(tests),
        failures=results.count("failed"),
        errors=results.count("error") + results.count("not run"),
        skipped=results.count("skipped"),
    )
    for test in tests:
        file, _, what = test.nodeid.partition("::")
        case = ElementTree.SubElement(
            suite, "testcase", classname=file, name=_clean(what or file), file=test.file
        )
        kind = {"failed": "failure", "error": "error", "not run": "error", "skipped": "skipped"}.get(
            test.result
        )
        if kind:
            ElementTree.SubElement(case, kind, message=_clean(test.reason or test.result))


def _proofs(root: ElementTree.Element, record: Record) -> None:
    ran = {proof["path"]: proof for proof in record.proofs}
    paths = sorted({*record.expected_proofs, *record.collected_proofs, *ran})
    results = [ran[path]["result"] if path in ran else "not run" for path in paths]
    suite = _suite(
        root,
        "proofs",
        tests=len(paths),
        failures=results.count("failed"),
        errors=results.count("error") + results.count("not run"),
        skipped=results.count("not_applicable"),
    )
    for path, result in zip(paths, results, strict=True):
        case = ElementTree.SubElement(
            suite, "testcase", classname=path.rpartition("/")[0], name=path, file=path
        )
        if path not in ran:
            ElementTree.SubElement(case, "error", message="not run")
            continue
        properties = ElementTree.SubElement(case, "properties")
        for name, key in (("proof_id", "id"), ("invariant", "invariant")):
            ElementTree.SubElement(properties, "property", name=name, value=_clean(ran[path][key]))
        kind = {"failed": "failure", "error": "error", "not_applicable": "skipped"}.get(result)
        if kind:
            reasons = why(ran[path]) if kind != "skipped" else [ran[path]["reason"]]
            ElementTree.SubElement(case, kind, message=_clean(reasons[0])).text = _clean("\n".join(reasons))


def _suite(root: ElementTree.Element, name: str, **counts: int) -> ElementTree.Element:
    attributes = {"name": name, **{key: str(value) for key, value in counts.items()}}
    return ElementTree.SubElement(root, "testsuite", attributes)


def _clean(text: str) -> str:
    # Half a surrogate pair reaches every file of the bundle as "?", and is "?" when it is made again.
    return NOT_IN_XML.sub("\ufffd", text.encode("utf-8", "replace").decode())
