"""An enrolment line that is well formed and good for nothing, and a file that holds it."""

from pathlib import Path

from common.agent.enrolment.line_file import FoundLine
from common.protocol.enrolment import EnrolmentLine, new_code

LINE = EnrolmentLine(code=new_code(bytes(range(16))), root=bytes(range(32)), host="help.sakura.example")
FOUND = FoundLine(line=LINE, text=str(LINE), path=Path("/home/taro/Downloads/tasuki-enrol.txt"))
