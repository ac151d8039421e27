"""An answer, what it moved and its event are written together: a process that dies between them leaves none of the three."""

import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest

from chatbot.learning.evidence import Observation
from chatbot.learning.record import LearningRecord
from chatbot.learning.tracing import Tracing

WHEN = datetime(2026, 3, 1, tzinfo=UTC)
SEEN = Observation(1.0, 0.25, 0.0, 0, 1, None, None)
# The process ends as if it were killed, after so many of the writes of its second answer.
DYING = """
import os, sys
from tests.test_learning_events import SEEN, WHEN
from chatbot.learning.record import LearningRecord
from chatbot.learning.tracing import Tracing
from pathlib import Path

record = LearningRecord(Path(sys.argv[1]), Tracing())
record.answer("anna", "optics", "q1", ["lens"], SEEN, WHEN, response="0")
name = sys.argv[2]
write = getattr(record, name)

def write_and_die(*given):
    write(*given)
    os._exit(9)

setattr(record, name, write_and_die)
record.answer("anna", "optics", "q2", ["lens"], SEEN, WHEN, response="0")
"""


@pytest.mark.parametrize("write", ["write_answer", "write_estimate", "write_event"])
def test_a_process_that_dies_between_the_writes_of_an_answer_leaves_none_of_them(tmp_path, write):
    file = tmp_path / "learning.sqlite"
    done = subprocess.run([sys.executable, "-c", DYING, str(file), write], check=False)
    assert done.returncode == 9
    with closing(LearningRecord(file, Tracing())) as record:
        assert record.asked("anna", "optics") == ["q1"]
        assert record.estimates("anna", "optics")["lens"].answers == 1
        [told] = record.statements("anna", "optics")
        assert told["object"]["id"].endswith("/question/q1")
        # What was not confirmed may be given again, and is then written once.
        record.answer("anna", "optics", "q2", ["lens"], SEEN, WHEN, response="0")
        assert [told["object"]["id"].rpartition("/")[2] for told in record.statements("anna", "optics")] == ["q1", "q2"]
        assert record.estimates("anna", "optics")["lens"].answers == 2
