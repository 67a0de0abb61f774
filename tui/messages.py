"""What the parts of the screen tell each other; nobody writes another's fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from chainstep.core import Entry, Moment

if TYPE_CHECKING:
    from chainstep.scenarios import Scenario
    from chainstep.tui.chooser import Choice
    from chainstep.tui.picking import Direction
    from chainstep.tui.reader import Page
    from chainstep.tui.session import Move, Session
    from chainstep.tui.view import Choices, Judged
    from chainstep.tui.widgets.spans import Target


@dataclass(frozen=True)
class Question:
    """What a line at the foot asks: ``answer`` reads what was typed.

    It gives what is to happen then, or raises InputError; what was typed then stays. ``left``
    is what happens where the line is left without an answer.
    """

    label: str
    expected: str
    answer: Callable[[str], Message]
    value: str = ""
    suggest: Callable[[str], list[str]] | None = None
    left: Message | None = None


class Act(Message):
    """Somebody wants an action of keys.py: by a key, a click on the footer, or the palette."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action


class Hit(Message):
    """A click on something that means something."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.target = target


class Resized(Message):
    """A canvas has another size, or is there for the first time."""


class Say(Message):
    """Something to be said at the foot, until the next key."""

    def __init__(self, text: str, role: str = "hint") -> None:
        super().__init__()
        self.text, self.role = text, role


class See(Message):
    """Another choice of what is seen; ``text`` says so at the foot."""

    def __init__(self, choices: Choices, text: str = "") -> None:
        super().__init__()
        self.choices, self.text = choices, text


class Pick(Message):
    """A number is picked."""

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry


class Go(Message):
    """A move through time, in every run that is on the screen."""

    def __init__(self, make: Callable[[Session], Move]) -> None:
        super().__init__()
        self.make = make


class GoTo(Message):
    """A move to a moment; ``noted`` is what is to be said of how it was typed."""

    def __init__(self, moment: Moment, noted: str = "") -> None:
        super().__init__()
        self.moment, self.noted = moment, noted


class Ask(Message):
    """A question to be asked at the foot."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question


class List(Message):
    """Something is to be chosen from a list."""

    def __init__(self, title: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.title, self.choices = title, choices


class OpenAgainst(Message):
    """The run is to be stepped side by side with that of another scenario."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__()
        self.scenario = scenario


class Alone(Message):
    """The run is to be stepped alone again."""


class Predict(Message):
    """A round of predicting is to begin, or to end."""


class Predicted(Message):
    """A number that was predicted; ``told`` says how it was once that is known."""

    def __init__(self, text: str, *, is_right: bool | None = None, told: str = "") -> None:
        super().__init__()
        self.text, self.is_right, self.told = text, is_right, told


class NewNetwork(Message):
    """A network is to be made in a form."""


class Answered(Message):
    """The line at the foot has gone; what was answered comes as a message of its own."""


class Choose(Message):
    """A choice by one key: ``ways`` says what each key leads to; any other leads to nothing."""

    def __init__(self, text: str, ways: dict[str, Callable[[], Message | None]]) -> None:
        super().__init__()
        self.text, self.ways = text, ways


class Work(Message):
    """Something to be worked out beside the screen: it tells how far it is, and ends so."""

    def __init__(self, told: str, work: Callable[[Callable[[str], None]], Message]) -> None:
        super().__init__()
        self.told, self.work = told, work


class Moved(Message):
    """A move has ended; ``error`` says how where it ended badly, ``then`` what it led to."""

    def __init__(
        self, error: str = "", then: Message | None = None, *, was_stopped: bool = False
    ) -> None:
        super().__init__()
        self.error, self.then, self.was_stopped = error, then, was_stopped


class Read(Message):
    """A page to be read over the screen."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page


class Changed(Message):
    """A run of another scenario takes the place of this one, at the same moment, after an edit.

    It stands at its start where it ``starts_here``, from the weights of this moment.
    """

    def __init__(self, scenario: Scenario, text: str, *, starts_here: bool = False) -> None:
        super().__init__()
        self.scenario, self.text, self.starts_here = scenario, text, starts_here


class Opened(Message):
    """A scenario was read and is to be stepped; ``then`` is the action that it begins with."""

    def __init__(self, scenario: Scenario, then: str = "") -> None:
        super().__init__()
        self.scenario, self.then = scenario, then


class OpenPath(Message):
    """A scenario is to be opened that is named, or in a file; ``then`` is what it begins with."""

    def __init__(self, path: str | Path, then: str = "") -> None:
        super().__init__()
        self.path, self.then = path, then


class Out(Message):
    """Down to the gallery, or, where ``quits`` is so, out of the program."""

    def __init__(self, *, quits: bool) -> None:
        super().__init__()
        self.quits = quits


class Play(Message):
    """Playing by itself is to begin or to end, or to go faster or slower by so much."""

    def __init__(self, by: int = 0) -> None:
        super().__init__()
        self.by = by


class Undo(Message):
    """The last change is to be taken back."""


class Pin(Message):
    """An entry is to be pinned to the curves, or taken off."""

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry


class Copy(Message):
    """A text is to be taken to the clipboard, and to a file beside it."""

    def __init__(self, text: str, title: str, ending: str) -> None:
        super().__init__()
        self.text, self.title, self.ending = text, title, ending


class Saved(Message):
    """The scenario as it is now stands in a file."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


class NextTheme(Message):
    """Another theme: the one of that name, or the one after this one."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.name = name


class Hold(Message):
    """Somebody's numbers are to be marked where they stand, and their page read.

    ``typed`` is what was typed, by the iteration that it is of, to be gone on with.
    """

    def __init__(
        self,
        judged: dict[tuple[int, Entry], Judged],
        *,
        page: Page | None = None,
        moment: Moment | None = None,
        typed: dict[int, str] | None = None,
    ) -> None:
        super().__init__()
        self.judged, self.page, self.moment, self.typed = judged, page, moment, typed or {}


class TypeNumbers(Message):
    """Numbers of one's own are to be typed for a quantity, or taken from a file."""

    def __init__(self, quantity: str, *, with_files: bool = True) -> None:
        super().__init__()
        self.quantity, self.with_files = quantity, with_files


class Scrolled(Message):
    """The wheel was turned."""

    def __init__(self, direction: Direction) -> None:
        super().__init__()
        self.direction = direction


class Ran(Message):
    """A run that was asked for in words; they are offered again the next time.

    ``noted`` is what is to be said of how it was typed.
    """

    def __init__(self, text: str, make: Callable[[Session], Move], noted: str = "") -> None:
        super().__init__()
        self.text, self.make, self.noted = text, make, noted
