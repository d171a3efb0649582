"""Install reports as they look on the wire."""

import pytest

from wire.codec import WireError, from_dict, to_dict
from wire.reports import Operation, Outcome, ReportBatch, ReportBatchResponse

INFOBASE = {"id": "6f1f0a3e-9c1b-4a57-8d2e-3b7a5c90e412"}
SHA256 = "9f2c" * 16
REPORT = {
    "operation_id": "5c1c0d0e-1f7a-4a53-9a3a-3f1f5a1c2b10",
    "operation": "upgrade",
    "outcome": "done_restart_required",
    "code": None,
    "extension": "warehouse-helper",
    "release_id": "0198c2a4-7b1e-7c3d-9f21-5a6b7c8d9e0f",
    "previous_version": "2.3.1",
    "version": "2.4.0",
    "artifact_sha256": SHA256,
    "download_id": "0198c2a4-0000-7000-8000-000000000013",
    "infobase": INFOBASE,
    "configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"},
    "platform_version": "8.3.25.1286",
    "durations_ms": {"DOWNLOADED": 900, "WRITING": 4100},
    "failed_state": None,
    "com_hresult": None,
    "message": "",
    "consents": ["eula", "unsafe"],
    "agent_version": "1.0.0",
    "occurred_at": "2026-11-22T09:12:40.000Z",
}
BATCH = {
    "reports": [REPORT],
    "downloads": [
        {
            "download_id": "0198c2a4-0000-7000-8000-000000000013",
            "sha256": SHA256,
            "bytes": 184320,
        }
    ],
    "inventory": [
        {
            "infobase": INFOBASE,
            "installed": [
                {"onec_name": "СкладскойПомощник", "version": "2.4.0", "hash_sum": "AQID"}
            ],
        }
    ],
}
RESULTS = {
    "results": [
        {
            "operation_id": "5c1c0d0e-1f7a-4a53-9a3a-3f1f5a1c2b10",
            "download_id": None,
            "status": "stored",
            "code": None,
        },
        {
            "operation_id": None,
            "download_id": "0198c2a4-0000-7000-8000-000000000013",
            "status": "rejected",
            "code": "DIGEST_MISMATCH",
        },
    ],
    "server_time": "2026-11-22T09:13:00.000Z",
    "trust": None,
}
NEEDED = ("operation_id", "operation", "outcome", "extension", "infobase", "agent_version")


def test_a_batch_carries_reports_downloads_and_inventory():
    batch = from_dict(ReportBatch, BATCH)
    assert batch.reports[0].operation is Operation.UPGRADE
    assert batch.reports[0].outcome is Outcome.DONE_RESTART_REQUIRED
    assert batch.downloads[0].bytes == 184320
    assert to_dict(batch) == BATCH


def test_a_batch_may_be_empty():
    assert from_dict(ReportBatch, {}) == ReportBatch()


def test_a_short_report_is_enough():
    short = {name: REPORT[name] for name in (*NEEDED, "occurred_at")}
    report = from_dict(ReportBatch, {"reports": [short]}).reports[0]
    assert (report.release_id, report.durations_ms, report.message) == (None, {}, "")


def test_an_unknown_outcome_is_no_report():
    with pytest.raises(WireError) as caught:
        from_dict(ReportBatch, {"reports": [REPORT, {**REPORT, "outcome": "perhaps"}]})
    assert caught.value.pointer == "/reports/1/outcome"


def test_each_result_says_whose_it_is():
    response = from_dict(ReportBatchResponse, RESULTS)
    assert [result.status for result in response.results] == ["stored", "rejected"]
    assert to_dict(response) == RESULTS


def test_a_result_may_leave_out_what_it_is_not_about():
    bare = {"operation_id": "5c1c0d0e-1f7a-4a53-9a3a-3f1f5a1c2b10", "status": "stored"}
    result = from_dict(ReportBatchResponse, {**RESULTS, "results": [bare]}).results[0]
    assert (result.download_id, result.code) == (None, None)
