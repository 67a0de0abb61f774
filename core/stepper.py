"""Time: one factor on, one back, to the end of a phase, to any moment, and fast."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Protocol
from weakref import ref

import numpy as np

from chainstep.core.engine.binding import Call, Views
from chainstep.core.engine.checkpoints import DEFAULT_BYTES, Checkpoints, spacings
from chainstep.core.engine.feeding import Feeding
from chainstep.core.engine.layout import Layout
from chainstep.core.engine.machine import Backend, Machine
from chainstep.core.in_notebooks import InNotebooks
from chainstep.core.network import build
from chainstep.core.program import Program
from chainstep.core.quantities import InputError, Moment, ShapeError, nearest
from chainstep.core.records import Frame, Record
from chainstep.core.roles import PHASES
from chainstep.core.setup import Array, Setup

if TYPE_CHECKING:
    from chainstep.core.engine.watching import Watch


class HasProgram(Protocol):
    """Anything that brings a program along: a scenario."""

    @property
    def program(self) -> Program: ...


def program_of(given: Program | Setup | HasProgram) -> Program:
    """The program itself, that of a network, or the one that a scenario brings along."""
    if isinstance(given, Program):
        return given
    if not isinstance(given, Setup) and not hasattr(given, "program"):
        raise InputError("a network comes from chainstep.load: a name, a path, or plain data")
    return build(given) if isinstance(given, Setup) else given.program


_COMPILED = 64  # times as many iterations in the same time, about
#: A frame of so few numbers is kept even where no record is left that reads it.
_CHEAP_TO_COPY = 10_000


def _call(calls: tuple[Call, ...]) -> None:
    for function, args in calls:
        function(*args)


class Stepper(InNotebooks):
    """A network in training that can be moved to any moment, both ways.

    It stands at ``moment``: step s of iteration i has just been done. What a moment holds
    depends on the moment alone, bit for bit, however one came there.
    """

    def __init__(
        self,
        scenario: Program | Setup | HasProgram,
        *,
        store: int = DEFAULT_BYTES,
        backend: Backend = "numpy",
    ) -> None:
        if backend not in {"numpy", "numba"}:
            raise InputError(f"no backend is called {backend!r}: numpy, numba")
        program = program_of(scenario)
        self._whole = self.program = program.whole or program
        self.backend: Backend = backend
        self._machine = Machine(self.program, backend)
        self._machines = {id(self.program): self._machine}
        first, coarsest = spacings(self.program)
        if backend == "numba":
            first, coarsest = _COMPILED * first, _COMPILED * coarsest
        carried = self._machine.carried
        self.checkpoints = Checkpoints(carried, store, first, coarsest=coarsest)
        self._quiet = copy_context()  # entering it costs a tenth of np.errstate
        self._quiet.run(np.seterr, all="ignore")
        self._began_at_zero = True
        self._frame: Callable[[], Frame | None] = lambda: None
        self._last = len(self.program.steps)
        self.furthest = 1
        self._iteration, self._step = 1, 0
        self._enter(1)

    def __repr__(self) -> str:
        record = self.record
        last = "before its first step" if record is None else f"{record.quantity} ({record.phase})"
        done = self.updates_done
        return f"<Stepper {self.moment} {last}, {done} update{'' if done == 1 else 's'} done>"

    @property
    def setup(self) -> Setup:
        """The description of the network.

        Raises: InputError where the program was made of none.
        """
        return self.program.setup

    @property
    def layout(self) -> Layout:
        """Where every quantity lies in the engine's memory."""
        return self._machine.layout

    # ── where it stands ──

    @property
    def moment(self) -> Moment:
        """The step that has just been done, and its iteration."""
        return Moment(self._iteration, self._step)

    @property
    def epoch(self) -> int:
        """The epoch that this iteration belongs to, from 1."""
        return self._whole.epoch(self._iteration)

    @property
    def updates_done(self) -> int:
        """How many updates the weights of this iteration have seen."""
        return self._iteration - 1

    @property
    def record(self) -> Record | None:
        """The record of the step that has just been done; None before a first step."""
        if not self._step:
            return None
        return Record(
            self.program, self.program.steps[self._step - 1], self._iteration, self._live_frame()
        )

    @property
    def records(self) -> tuple[Record, ...]:
        """The records of this iteration's steps that are done at this moment."""
        frame = self._live_frame()
        return tuple(
            Record(self.program, step, self._iteration, frame)
            for step in self.program.steps[: self._step]
        )

    def __getitem__(self, name: str) -> Array:
        """The value of a quantity at this moment, a copy that cannot be written to.

        Raises: KeyError where it is not computed at this moment, or where there is none such.
        """
        if name not in self:
            known = self.program.quantities
            raise KeyError(
                f"{name} is not computed at {self.moment}: step {self.program.numbers[name]} does"
                if name in known
                else f"this network has no quantity {name!r}{nearest(str(name), known)}"
            )
        return self._live_frame().read(name)

    def __contains__(self, name: object) -> bool:
        number = self.program.numbers.get(name, 0)  # type: ignore[call-overload]
        return name in self.program.quantities and number <= self._step

    @property
    def present(self) -> tuple[str, ...]:
        """The names of everything that is computed at this moment."""
        return tuple(name for name in self.program.quantities if name in self)

    def _live_frame(self) -> Frame:
        frame = self._frame()
        if frame is None:
            frame = held = Frame(self.layout, self._machine.flat, self._step)
            small = self.layout.named_size <= _CHEAP_TO_COPY
            self._frame = (lambda: held) if small else ref(frame)
        elif frame.done < self._step:
            frame.done = self._step
        return frame

    def _leave_frame(self) -> None:
        """Lets records of this iteration keep its numbers before the array changes."""
        frame = self._frame()
        if frame is not None:
            frame.freeze()
            self._frame = lambda: None

    # ── one step ──

    def step(self) -> Record:
        """Computes the next quantity; after the last of an iteration the next begins."""
        if self._step == self._last:
            self._begin_next()
        step = self._step
        self._quiet.run(_call, self._machine.stepped[step])
        self._step = step + 1
        return Record(self.program, self.program.steps[step], self._iteration, self._live_frame())

    def back(self) -> Record | None:
        """Takes the last step back; the record that now stands last, None at a start."""
        if self._step > 1 or (self._step == 1 and (self._began_at_zero or self._iteration == 1)):
            self._step -= 1
        elif self._iteration > 1:
            self._go(Moment(self._iteration - 1, self._last))
            self._began_at_zero = False
        return self.record

    def _begin_next(self) -> None:
        """Makes the new weights the weights, and starts the next iteration."""
        self._leave_frame()
        self._machine.carried[:] = self._machine.fresh
        self._enter(self._iteration + 1)
        self._began_at_zero = False
        self.checkpoints.offer(self._iteration, self._machine.carried)

    def _enter(self, iteration: int) -> None:
        self._turn_to(self._whole.at(iteration))
        self._iteration, self._step = iteration, 0
        self.furthest = max(self.furthest, iteration)
        if self.program.feeds:
            self._quiet.run(self._machine.feeding.fill, iteration)

    def _turn_to(self, program: Program) -> None:
        """Takes up another program, with what is carried into it: at the end of an epoch."""
        if program is not self.program:
            carried = self._machine.carried
            self.program, self._machine = program, self._machine_of(program)
            self._machine.carried[:] = carried

    def _machine_of(self, program: Program) -> Machine:
        if id(program) not in self._machines:
            self._machines[id(program)] = Machine(program, self.backend)
        return self._machines[id(program)]

    # ── further ──

    def finish(self, phase: str) -> tuple[Record, ...]:
        """Steps to the end of a phase, of this iteration or, where that is past, of the next.

        Raises: InputError where there is no such phase.
        """
        if phase not in PHASES:
            raise InputError(f"no phase is called {phase!r}: {', '.join(PHASES)}")
        last = self.program.last_of(phase)
        records = [self.step()]
        while self._step != last:
            records.append(self.step())
        return tuple(records)

    def iterate(self) -> tuple[Record, ...]:
        """Steps to the end of the iteration; all records of this iteration, the done ones too."""
        if self._step == self._last:
            self._begin_next()
        with np.errstate(all="ignore"):
            for calls in self._machine.stepped[self._step :]:
                for function, args in calls:
                    function(*args)
        self._step = self._last
        return self.records

    def walk(self, iterations: int) -> Iterator[Record]:
        """The records of this iteration from here on, and those of as many in all."""
        done = self._step if self._step < self._last else 0
        for _ in range(iterations):
            yield from self.iterate()[done:]
            done = 0

    def goto(
        self,
        iteration: int | None = None,
        after: str | int | None = None,
        *,
        epoch: int | None = None,
    ) -> Record | None:
        """Goes to the beginning of an iteration or an epoch, or to where ``after`` is computed.

        ``after`` is a quantity or the number of a step. Both ways, and further than was run.
        Raises: InputError where there is no such iteration or step.
        """
        if (iteration is None) == (epoch is None):
            raise InputError("give the iteration to go to, or the epoch")
        if epoch is not None:
            if epoch < 1:
                raise InputError(f"no epoch {epoch}: epochs count from 1")
            iteration = self._whole.first_of_epoch(epoch)
        assert iteration is not None, "one of the two was given"
        step = 0
        if after is not None:
            step = self.program.step(after).number if isinstance(after, str) else after
        if iteration < 1 or not 0 <= step <= self._last:
            raise InputError(
                f"no moment {iteration}:{step}: iterations count from 1, "
                f"steps of this network from 1 to {self._last}"
            )
        self._go(Moment(iteration, step))
        return self.record

    def _go(self, moment: Moment) -> None:
        if moment.iteration != self._iteration:
            self._leave_frame()
            self._restore(moment.iteration)
        if moment.step > self._step:
            with np.errstate(all="ignore"):
                for calls in self._machine.stepped[self._step : moment.step]:
                    for function, args in calls:
                        function(*args)
        self._step = moment.step

    def _restore(self, iteration: int) -> None:
        """Brings back the weights that an iteration began with, from those kept before it."""
        kept, carried = self.checkpoints.before(iteration)
        if kept <= self._iteration <= iteration:
            self._enter(self._iteration)
        else:
            self._machine.carried[:] = carried
            self._enter(kept)
        self.run(iteration - self._iteration)
        self._began_at_zero = True

    # ── fast ──

    def run(
        self,
        iterations: int,
        watch: Watch | None = None,
        look: Callable[[int], bool] | None = None,
    ) -> None:
        """Runs whole iterations fast, with no records; ends before an iteration, at (i, 0).

        Within an iteration it first undoes what was stepped of it: the weights of an iteration
        change only at its end. At the end of one, that one counts as done.
        ``look`` is called after each iteration with its number, while the values of ``watch``
        are those of that iteration; the run ends where it says so. Where it is interrupted it
        stands at the last checkpoint before.
        """
        if iterations < 0:
            raise InputError(f"{iterations} iterations cannot be run; goto goes back")
        self._leave_frame()
        if self._step == self._last:
            self._begin_next()
        self._enter(self._iteration)
        self._began_at_zero = True
        end, begun = self._iteration + iterations, set()
        with np.errstate(all="ignore"):
            try:
                while self._iteration < end:
                    way = self._way(watch)
                    if id(way) not in begun:
                        begun.add(id(way))
                        for function, args in way.once:
                            function(*args)
                    stop = min(end, self.checkpoints.next_after(self._iteration))
                    if self._run_calls(way, self._turn_before(stop), look):
                        break
            except BaseException:  # the weights have moved on; the moment has not
                kept, self._machine.carried[:] = self.checkpoints.before(self._iteration)
                self._enter(kept)
                raise

    def _way(self, watch: Watch | None) -> Watch:
        """The way to run the program of this iteration."""
        if watch is None:
            return self._machine.unwatched
        return watch.turns.get(id(self.program), watch)

    def _turn_before(self, stop: int) -> int:
        """Where the program changes at the latest, or ``stop``."""
        if self._whole.remainder is None:
            return stop
        if self.program is self._whole.remainder:
            return self._iteration + 1
        per_epoch = self._whole.updates_per_epoch
        return min(stop, -(-self._iteration // per_epoch) * per_epoch)

    def _run_calls(self, way: Watch, stop: int, look: Callable[[int], bool] | None) -> bool:
        """Runs up to the beginning of an iteration; whether ``look`` ended it before."""
        if way.many is not None and look is None:
            way.many(stop - self._iteration)
            return self._reach(stop)
        calls, feed = way.each, self._machine.feeding.fill if self.program.feeds else None
        for iteration in range(self._iteration, stop):
            if feed is not None:
                feed(iteration)
            for function, args in calls:
                function(*args)
            if look is not None and look(iteration):
                self._reach(iteration + 1)
                return True
        return self._reach(stop)

    def _reach(self, iteration: int) -> bool:
        """Takes in that so many iterations were run; False, since nothing ended them."""
        self._enter(iteration)
        self.checkpoints.offer(iteration, self._machine.carried)
        return False

    def watch(self, names: Collection[str]) -> Watch:
        """A way to run that leaves these quantities to be looked at after every iteration.

        Raises: InputError where one is laid out only to be shown, a softmax's Jacobian;
        KeyError where there is none such.
        """
        if self._whole.remainder is None:
            return self._machine.watch(names)
        machines = [self._machine_of(program) for program in (self._whole, self._whole.remainder)]
        seen = {name: np.array(machines[0].view(name)) for name in names}
        turns = {id(machine.program): machine.watch(names, seen) for machine in machines}
        return turns[id(self._whole)]._replace(turns=turns)

    @property
    def is_finite(self) -> bool:
        """Whether the weights and the rule's state that this iteration began with are finite."""
        return bool(np.isfinite(self._machine.carried).all())

    # ── phases alone ──

    def alone(self, phase: str, values: Mapping[str, Any]) -> dict[str, Array]:
        """Computes one phase from given quantities, and nothing else; this run is not touched.

        ``values`` holds what the phase starts from, by name; data and starting weights are the
        setup's where they are not given.
        Raises: InputError where a quantity that it needs is missing.
        """
        if phase not in PHASES:
            raise InputError(f"no phase is called {phase!r}: {', '.join(PHASES)}")
        flat = self.layout.new_array()
        feeding = Feeding(self.layout, flat)
        with np.errstate(all="ignore"):
            feeding.fill(1 if self.program.rows is None else self._iteration)
            feeding.take(values)
        for name, value in values.items():
            if name not in self.layout.places:
                raise InputError(f"this network has no quantity {name!r} to start from")
            quantity, array = self.program.quantities[name], np.asarray(value)
            if array.shape != quantity.shape:
                raise ShapeError(f"{name} is {quantity.shape}, and not {array.shape}")
            view = self.layout.view(flat, name)
            view[...] = array.reshape(view.shape)
        known = set(values) | {quantity.name for quantity in self.program.start}
        frame, views = Frame(self.layout, flat, self._last), Views(flat)
        found: dict[str, Array] = {}
        with np.errstate(all="ignore"):
            for step in (step for step in self.program.steps if step.phase == phase):
                missing = [operand.name for operand in step.operands if operand.name not in known]
                if missing:
                    raise InputError(f"{step.quantity.name} needs {', '.join(missing)}")
                for function, args in self._machine.calls(step, views):
                    function(*args)
                known.add(step.quantity.name)
                found[step.quantity.name] = frame[step.quantity.name]
        return found
