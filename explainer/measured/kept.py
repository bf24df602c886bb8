"""What a file keeps of the measured stems: as much as texts are made of, though not what reasons are drawn from."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from console.errors import InputError
from explainer.measured.report import MaskingReport, Report, StemReport


@dataclass(frozen=True)
class KeptReport:
    """The stems and the masking of a report that was written as JSON.

    Args:
        written: all of it as it was written.
    """

    stems: tuple[StemReport, ...]
    masking: tuple[MaskingReport, ...]
    written: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def to_json(self) -> str:
        """As it was written."""
        return json.dumps(self.written, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


AnyReport = Report | KeptReport
_KEPT = TypeAdapter(KeptReport)


def kept_report(data: Any) -> KeptReport:
    """A report as `Report.to_json` writes it. Raises: InputError where it is none."""
    try:
        found = _KEPT.validate_python(data)
        json.dumps(data, allow_nan=False)
    except ValidationError as error:
        first = error.errors()[0]
        raise _refused(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except ValueError as error:
        raise _refused("a figure is none") from error
    named = {stem.name for stem in found.stems}
    if any({pair.stem, pair.by} - named for pair in found.masking):
        raise _refused("who covers whom: a stem that is not there")
    return replace(found, written=data)


def _refused(why: str) -> InputError:
    return InputError(f"Its balance is none that mixconsole report --json writes ({why.removeprefix(': ')}).")
