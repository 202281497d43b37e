"""The plan of a sweep: which networks share a program, in which layout and blocks. A pure function of the request.

The layout and the number of lanes depend on the network, the data and the kind of device; the number of lanes also on
the number of networks, but only among values that give the same bits. Whether networks of different shapes share a
program depends on how much there is to train: sharing saves compiling, but wastes arithmetic on padding neurons.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from nnjax import machine, mlp, objective, training
from nnjax.engine import cost, identity, pace, padding
from nnjax.engine.request import Request, Tasks, first_of, targets
from nnjax.engine.variables import Variable, num_params, variables
from nnjax.machine import Options
from nnjax.spec import record_steps

# How many intervals between records one call of a program runs at most, before the host looks at the networks. A call
# takes about SECONDS_PER_CALL at most, as nobody sees progress meanwhile or can interrupt it; where networks can stop
# early, SECONDS_PER_LOOK.
RECORDS_PER_CALL, SECONDS_PER_CALL, SECONDS_PER_LOOK = 16, 0.5, 1e-3


class BlockSizes(NamedTuple):
    """How many lanes a block has on one kind of device: always a power of two.

    In the layout of matrices, a block has just enough lanes for its largest array to hold at least `largest` floats.
    That array is an activation or the weights of a layer. The number of lanes is at least `least` and at most `most`,
    but it is `few` for a network of more than `alone` floats in all.

    In the layout of lanes, a block has just enough lanes for the activations of all layers to hold at least `together`
    floats. The number of lanes is at least the first and at most the second of `lanes`. For mini-batches, whose rows
    are fetched in small loops, it is at least `least_of_batches`. There are fewer lanes if one of `few_lanes` holds all
    networks. A test checks that there the number of lanes changes no bit.
    """

    largest: int
    least: int
    most: int
    alone: int
    few: int
    together: int = 2**12
    few_lanes: tuple[int, ...] = (16, 64)
    lanes: tuple[int, int] = (32, 512)
    least_of_batches: int = 128


# On a CPU, products between two hidden layers are slow on arrays of fewer floats: 1-8-8-1 on 64 rows took 656 ns on 8
# lanes, 1,425 on 16 and 625 from 48 on; at half the width the same happens at twice the lanes, and at twice the width
# at half the lanes. Past 128 lanes nothing got faster. Networks larger than half a core's second-level cache gain
# nothing from more lanes: with 2 lanes a step took 0.87 to 1.0 times as long as with 8 (784-128-...-10, 784-1008-10,
# 40-2212-10, 440-256-...-180), and few networks leave fewer of them empty. A table of measured optima is in
# tests/nnjax/engine/lanes_zen5.csv. Any other device needs enough work at a time to fill it; the numbers of OTHER are
# not measured.
CPU = BlockSizes(2**15, 8, 128, 2**17, 2)
OTHER = BlockSizes(2**22, 64, 2**15, 2**24, 64, few_lanes=(), lanes=(2**15, 2**15), least_of_batches=2**15)
# The most working memory of one block, in bytes: above it, a block gets fewer lanes, even fewer than the least.
BYTES_PER_BLOCK = 2**29
# The most blocks that one call trains, and the most bytes of their parameters and own data, unless one takes more.
BLOCKS_PER_CALL, BYTES_PER_CALL = 16, 2**23
# The layout of lanes is for networks no wider than LANES_WIDTH: on at most FEW_ROWS rows (in mini-batches, with at most
# FEW_COLUMNS inputs and outputs together), or with LANES_DEPTH or more hidden layers in full batches of any size. It
# was 3.2 times as fast as matrices for 1-4-4-1 on 64 rows, 2.6 for six layers of 8, 1.5 for six of 16, 1.2 for three of
# 24; on 4 rows 6 times for 2-32-1 and two layers of 16, on 16 rows 2.2 times for two layers of 24 and 1.5 for
# mini-batches; but a mini-batch of 16 rows of 20 inputs took 1.7 times as long. On other devices nothing is measured:
# there it is for at most FEW_PARAMS parameters on few rows, where matrices are slowest.
LANES_WIDTH, LANES_DEPTH, FEW_ROWS, FEW_COLUMNS, FEW_PARAMS = 24, 2, 16, 4, 65
# When programs are joined, every pair of up to MOST_COMPARED groups is compared; of more groups, only neighbours.
MOST_COMPARED = 48


@dataclass(frozen=True)
class Cell:
    """One combination of static settings: its place on the static axes, and the sizes of its networks."""

    index: tuple[int, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """One compiled shape for the networks of some cells; cells of other sizes than its own are padded. The cells are
    sorted by depth, because all networks of a block have the same depth.

    `lanes` networks are trained together as a block. `rows` is the number of training rows, `rows_judged` the greatest
    number of rows that a recorded value is computed on. `options` are the compiler's. One call of the program makes at
    most `records_per_call` records. `traces` identify the user's own functions in the program.
    """

    cells: tuple[Cell, ...]
    spec: training.Spec
    networks_per_cell: int
    lanes: int
    rows: int
    options: Options = ()
    records_per_call: int = RECORDS_PER_CALL
    rows_judged: int = 0
    traces: identity.Traces = ()

    @property
    def num_networks(self) -> int:
        """The number of networks in all cells."""
        return len(self.cells) * self.networks_per_cell

    @property
    def num_blocks(self) -> int:
        """The number of blocks of `lanes` networks, where the last block of each depth is filled up."""
        return sum(-(-len(places) // self.lanes) for _, places in self.by_depth())

    def depth_of(self, cell: int) -> int:
        """The number of hidden layers of a cell, which is given by its number in this program."""
        return len(self.cells[cell].sizes) - 2

    def by_depth(self) -> list[tuple[int, range]]:
        """Pairs (number of hidden layers, places of the networks with this depth among all of the program)."""
        depths = [self.depth_of(cell) for cell in range(len(self.cells))]
        edges = [i for i in range(1, len(depths)) if depths[i] != depths[i - 1]]
        each = self.networks_per_cell
        pairs = itertools.pairwise((0, *edges, len(depths)))
        return [(depths[first], range(first * each, last * each)) for first, last in pairs]

    @property
    def padded(self) -> bool:
        """Whether some cell is smaller than the program."""
        return any(cell.sizes != self.spec.sizes for cell in self.cells)

    @property
    def masked(self) -> bool:
        """Whether a layer of some cell has fewer neurons than the program's."""
        hidden = self.spec.sizes[1:-1]
        return any(cell.sizes[1:-1] != hidden[: len(cell.sizes) - 2] for cell in self.cells)

    def shape_of(self, widths: np.ndarray | None) -> padding.Shape:
        """The shape of networks of equal depth whose hidden layers have these widths [lanes, layers]."""
        if widths is None:
            return padding.Shape()
        missing = any(len(cell.sizes) < len(self.spec.sizes) for cell in self.cells)
        depth = np.int32(np.count_nonzero(widths[0])) if missing else None
        return padding.Shape(widths if self.masked else None, depth)

    @property
    def compile_seconds(self) -> float:
        """Expected seconds of one core to compile it, with nothing in a cache."""
        return cost.seconds_to_compile(self.spec)

    @property
    def run_seconds(self) -> float:
        """Expected seconds of one core to train all blocks to their end."""
        blocks = [(depth, -(-len(places) // self.lanes)) for depth, places in self.by_depth()]
        return sum(count * self.block_seconds(depth) for depth, count in blocks)

    def block_seconds(self, depth: int) -> float:
        """Expected seconds of one core to train a block of networks of this depth to its end."""
        each = cost.seconds_per_step(self.spec, self.rows, self.masked, depth)
        return self.lanes * self.spec.num_steps * each

    @property
    def block_bytes(self) -> int:
        """Expected working memory of one block, in bytes."""
        return cost.block_bytes(self.spec, self.rows, self.lanes, self.rows_judged)

    def blocks_per_call(self, own_bytes: int = 0) -> int:
        """How many blocks one call of the program trains, one after the other: as many as keep the arrays of all small,
        if each network has so many bytes of data of its own.
        """
        each = self.lanes * (cost.params_bytes(self.spec) + own_bytes)
        return min(max(BYTES_PER_CALL // each, 1), BLOCKS_PER_CALL)

    @property
    def worker_bytes(self) -> int:
        """Expected working memory of a worker in bytes: one block, and the parameters of all blocks of a call."""
        return self.block_bytes + self.blocks_per_call() * self.lanes * cost.params_bytes(self.spec)

    def intervals(self) -> np.ndarray:
        """Steps to take before each record, split into calls of equal length [calls, records]; zeros fill the last."""
        steps = record_steps(self.spec)
        intervals = np.diff(steps, prepend=0)
        calls = -(-len(intervals) // self.records_per_call)
        per_call = -(-len(intervals) // calls)
        return np.pad(intervals, (0, -len(intervals) % per_call)).reshape(-1, per_call).astype(np.int32)


@dataclass(frozen=True)
class Plan:
    """The programs, the slowest first, and the shape of the grid: static axes, then task, numbers, seed.

    `variables` are those of one network in the result; there are none in a plan that was read from a record.
    """

    programs: tuple[Program, ...]
    static_shape: tuple[int, ...]
    member_shape: tuple[int, ...]
    variables: Mapping[str, Variable] = field(default_factory=dict)

    @property
    def num_networks(self) -> int:
        """The number of networks in the whole grid."""
        return math.prod(self.static_shape) * math.prod(self.member_shape)

    @property
    def traces(self) -> dict[str, str]:
        """What identifies the user's own functions: a hash of what JAX traces of each, for every shape in use."""
        return {what: one for program in self.programs for what, one in program.traces}

    @property
    def result_bytes(self) -> int:
        """Memory that the result takes, in bytes."""
        return self.num_networks * sum(variable.num_bytes for variable in self.variables.values())

    def numbers_of(self, program: Program) -> np.ndarray:
        """The places of a program's cells in the grid of all cells."""
        places = np.asarray([cell.index for cell in program.cells], int).reshape(len(program.cells), -1)
        return np.ravel_multi_index(tuple(places.T), self.static_shape) if self.static_shape else places[:, :0].sum(1)

    def seconds(self, workers: int = 1) -> float:
        """Expected seconds with so many workers and nothing in a cache; a rough guide, for a CPU."""
        return sum(self.seconds_apart()) / workers

    def seconds_apart(self) -> tuple[float, float]:
        """Expected seconds of one core of this machine to compile everything, and to train everything."""
        paces = [pace.of_machine(program.spec.layout) for program in self.programs]
        compiling = sum(p.compile_seconds * here.compiling for p, here in zip(self.programs, paces, strict=True))
        return compiling, sum(p.run_seconds * here.training for p, here in zip(self.programs, paces, strict=True))

    def __str__(self) -> str:
        return "\n".join(_lines(self))


# What was recorded of each program: its kind (lanes, layout, ...), and the places of its cells in the grid.
type Choices = Sequence[tuple[Mapping[str, Any], Sequence[int]]]


def plan(request: Request, data: Tasks, recorded: Choices = (), backend: str | None = None) -> Plan:
    """The plan for a request on these data. Nothing is compiled and nothing runs.

    Args:
        request: what was asked for.
        data: the data, or tasks by name.
        recorded: programs of cells that were planned before; they are kept, with more lanes if that changes no bit.
        backend: the kind of device, by JAX's name; JAX's default when None.
    """
    backend = machine.platform() if backend is None else backend
    networks, found = math.prod(_member_shape(request)), cells(request, data, request.layout, backend)
    old = [_regrown(one) for one in from_choices(request, data, recorded).programs] if recorded else []
    new = sorted(set(range(len(found))) - {place for _, group in recorded for place in group})
    rows = _rows(data, request.judged_rows)

    def program(group: Sequence[int]) -> Program:
        return _program([found[i] for i in group], networks, rows, request.options, backend)

    programs = [*old, *(program(group) for group in _groups(request, found, new, program))]
    programs.sort(key=lambda program: -program.compile_seconds - program.run_seconds)
    with machine.precision(request.dtype):
        programs = traced(programs, request)
        found_variables = variables([(program.spec, program.traces) for program in programs], request.shapes)
        if request.keep_params:
            count = max(num_params(replace(p.spec, sizes=cell.sizes)) for p in programs for cell in p.cells)
            found_variables["params"] = Variable((count,), np.dtype(request.dtype), 0)
    return Plan(programs, _static_shape(request), _member_shape(request), found_variables)


def _regrown(program: Program) -> Program:
    """A recorded program with as many lanes as its networks need now, where that changes no bit."""
    if program.spec.layout != "lanes" or program.lanes not in CPU.few_lanes:
        return program
    lanes = lanes_for(program.spec, program.rows, networks=program.num_networks)
    return replace(program, lanes=max(lanes, program.lanes))


def traced(programs: Sequence[Program], request: Request) -> tuple[Program, ...]:
    """The programs with the user's own functions traced. Call it inside `machine.precision` of the sweep.

    Raises:
        ValueError: naming the argument, for a function that JAX cannot trace, or that is not pure.
    """
    tracer = identity.Tracer(request)
    return tuple(replace(program, traces=tracer.traces(program.spec)) for program in programs)


def from_choices(request: Request, data: Tasks, choices: Choices) -> Plan:
    """The recorded plan: its cells, lanes and layouts, which another version of the rules above may have chosen.

    Raises:
        ValueError: for a layout of an older nnjax, such as "scalars".
    """
    found, networks = cells(request, data, "matrices"), math.prod(_member_shape(request))
    rows, programs = _rows(data, request.judged_rows), []
    for choice, group in choices:
        if choice["layout"] not in ("matrices", "lanes"):
            raise ValueError(
                f"layout={choice['layout']!r} was recorded by an older version of nnjax, which alone can use it"
            )
        program = _program([found[i] for i in group], networks, rows, tuple(sorted(choice["options"].items())), "cpu")
        spec = replace(program.spec, layout=choice["layout"])
        programs.append(replace(program, spec=spec, lanes=choice["lanes"], records_per_call=choice["records_per_call"]))
    return Plan(tuple(programs), _static_shape(request), _member_shape(request))


def cells(
    request: Request, data: Tasks, layout: str | None = None, backend: str = "cpu"
) -> list[tuple[Cell, training.Spec]]:
    """Every combination of static settings in the order of the grid, each with its Spec in the layout chosen for it."""
    y, rows, found = targets(data), len(first_of(data).x), []
    decisions = {loss: request.decision_of(loss, y) for loss in request.values("loss")}  # each sorts all targets
    for choice in itertools.product(*(enumerate(axis) for axis in request.axes.values())):
        static = {**request.constants, **dict(zip(request.axes, (v for _, v in choice), strict=True))}
        spec = _specification(request, static, decisions)
        spec = replace(spec, layout=_layout(spec, rows, layout, backend))
        found.append((Cell(tuple(i for i, _ in choice), spec.sizes), spec))
    return found


def _static_shape(request: Request) -> tuple[int, ...]:
    return tuple(len(axis) for axis in request.axes.values())


def _member_shape(request: Request) -> tuple[int, ...]:
    num_tasks = len(request.tasks) if request.tasks else 1
    return (num_tasks, *(len(axis) for axis in request.numeric_axes.values()), len(request.seeds))


def _specification(request: Request, static: Mapping[str, Any], decisions: Mapping[Callable, Any]) -> training.Spec:
    """The Spec of one combination of static settings; `decisions` has the rule for each loss."""
    static = dict(static)
    hidden = static.pop("hidden", None)
    if hidden is None:
        hidden = (static.pop("width"),) * static.pop("depth")
    (_, num_inputs), (_, num_outputs) = request.shapes[:2]  # pyright: ignore[reportGeneralTypeIssues]
    return training.Spec(
        sizes=(num_inputs, *hidden, num_outputs),
        decision=decisions[static["loss"]],
        num_steps=request.num_steps,
        record_every=request.record_every,
        judged_rows=request.judged_rows,
        measure=request.measure,
        early_stop=request.early_stop,
        patience=request.patience,
        dtype=request.dtype,
        **static,
    )


def _groups(
    request: Request,
    found: Sequence[tuple[Cell, training.Spec]],
    new: Sequence[int],
    program: Callable[[Sequence[int]], Program],
) -> list[Sequence[int]]:
    """The cells of each new program. Cells can share a program only if they differ in nothing but their shape."""
    families: dict[tuple[training.Spec, bool], list[int]] = {}
    for i in new:
        spec = found[i][1]
        # The first hidden layer of a program is never skipped, so a network without any has a program of its own.
        has_hidden = len(spec.sizes) > 2
        families.setdefault((replace(spec, sizes=(), layout="matrices"), has_hidden), []).append(i)
    groups: list[Sequence[int]] = []
    for (spec, _), family in families.items():
        drawn = request.start is None and request.mask is None
        allowed = padding.may_pad(spec) and _keeps_zeros(request) and drawn
        if request.padding is False or not allowed or len(family) == 1:
            groups += [(i,) for i in family]
        elif request.padding:
            groups.append(family)
        else:
            shapes = [found[i][0].sizes for i in family]

            def seconds(group: tuple[int, ...], family: list[int] = family) -> float:
                joined = program([family[i] for i in group])
                return joined.compile_seconds + joined.run_seconds

            groups += [[family[i] for i in group] for group in grouped(shapes, seconds)]
    return groups


def grouped(shapes: Sequence[tuple[int, ...]], cost: Callable[[tuple[int, ...]], float]) -> list[tuple[int, ...]]:
    """Which shapes share a program: groups of positions in `shapes`, each sorted.

    It starts from one program per shape and, as long as that saves time, joins the two groups that save most. If one
    program for all shapes is cheaper still, that is taken. So the groups never cost more than separate programs or one
    program for all. `cost` gives the seconds of a group in one program.
    """
    order = sorted(range(len(shapes)), key=lambda i: (len(shapes[i]), shapes[i]))
    groups: list[tuple[int, ...]] = [(i,) for i in order]
    known: dict[tuple[int, ...], float] = {}

    def costs(group: tuple[int, ...]) -> float:
        if group not in known:
            known[group] = cost(group)
        return known[group]

    def saving(pair: tuple[int, int]) -> float:
        a, b = (groups[i] for i in pair)
        return costs(a) + costs(b) - costs(tuple(sorted(a + b)))

    while len(groups) > 1:
        count = len(groups)
        pairs = itertools.combinations(range(count), 2) if count <= MOST_COMPARED else itertools.pairwise(range(count))
        best = max(pairs, key=saving)
        if saving(best) <= 0:
            break
        a, b = best
        groups[a] = tuple(sorted(groups[a] + groups[b]))
        del groups[b]
    everything = tuple(range(len(shapes)))
    return [everything] if cost(everything) < sum(map(costs, groups)) else groups


def _keeps_zeros(request: Request) -> bool:
    """Whether `eps` is large enough to leave a weight with gradient 0 as it is; 0 / 0 would be NaN."""
    values = (*request.numeric_axes.get("eps", ()), request.numeric_constants.get("eps", 1.0))
    return "eps" not in request.numeric_tables and min(values) >= float(np.finfo(request.dtype).tiny)


def _rows(data: Tasks, judged_rows: int | None) -> tuple[int, int]:
    """The number of training rows, and the greatest number of rows that a recorded value is computed on."""
    one = first_of(data)
    others = (len(x) for x in (one.x_test, one.x_valid) if x is not None)
    return len(one.x), max(len(one.x[:judged_rows]), *others, 0)


def _program(
    group: Sequence[tuple[Cell, training.Spec]], networks: int, rows: tuple[int, int], options: Options, backend: str
) -> Program:
    spec = group[0][1]
    group = sorted(group, key=lambda one: len(one[0].sizes))
    if len(group) > 1:
        layout = spec.layout if len({own.layout for _, own in group}) == 1 else "matrices"
        spec = replace(spec, sizes=padding.common_sizes([cell.sizes for cell, _ in group]), layout=layout)
    lanes = lanes_for(spec, *rows, backend, networks=len(group) * networks)
    records = _records_per_call(spec, rows[0], lanes)
    return Program(tuple(cell for cell, _ in group), spec, networks, lanes, rows[0], options, records, rows[1])


def _records_per_call(spec: training.Spec, rows: int, lanes: int) -> int:
    if spec.record_every is None:
        return RECORDS_PER_CALL
    interval = spec.record_every * lanes * cost.seconds_per_step(spec, rows)
    seconds = SECONDS_PER_LOOK if spec.stops_early else SECONDS_PER_CALL
    return min(max(math.ceil(seconds / interval), 1), RECORDS_PER_CALL)


def _layout(spec: training.Spec, rows: int, asked: str | None, backend: str) -> str:
    """The layout of a network."""
    if asked == "lanes":
        objective.check_lanes(replace(spec, layout=asked))
    if asked is not None:
        return asked
    few = min(spec.batch_size or rows, rows) <= FEW_ROWS
    if not objective.acts_by_entry(spec) or max(spec.sizes) > LANES_WIDTH:
        return "matrices"
    if backend != "cpu":
        return "lanes" if few and mlp.num_params(spec.sizes) <= FEW_PARAMS else "matrices"
    if spec.batch_size is not None:
        return "lanes" if few and spec.sizes[0] + spec.sizes[-1] <= FEW_COLUMNS else "matrices"
    return "lanes" if few or len(spec.sizes) - 2 >= LANES_DEPTH else "matrices"


def lanes_for(
    spec: training.Spec, rows: int, rows_judged: int = 0, backend: str = "cpu", networks: int | None = None
) -> int:
    """The number of networks in one block, see `BlockSizes`; fewer if the block would take too much memory.

    In the layout of matrices it depends on the shape of a network, the rows and the kind of device alone. In the layout
    of lanes it depends also on the number of networks, if that is given.
    """
    blocks = CPU if backend == "cpu" else OTHER
    if spec.layout == "lanes":
        each = min(spec.batch_size or rows, rows, cost.LANES_ROWS) * sum(spec.sizes[1:])
        least, most = blocks.lanes
        least = least if spec.batch_size is None else blocks.least_of_batches
        lanes = min(max(2 ** math.ceil(math.log2(blocks.together / each)), least), most)
        lanes = next((few for few in blocks.few_lanes if (networks or math.inf) <= few < lanes), lanes)
        return _within_memory(lanes, spec, rows, rows_judged)
    rows = min(spec.batch_size or rows, rows)
    largest = max(rows * max(spec.sizes[1:]), *(math.prod(pair) for pair in itertools.pairwise(spec.sizes)), 1)
    lanes = 2 ** math.ceil(math.log2(max(blocks.largest / largest, 1)))
    lanes = min(max(lanes, blocks.least), blocks.most)
    # Parameters, gradient and two moments beside the activations.
    if rows * sum(spec.sizes) + 4 * mlp.num_params(spec.sizes) > blocks.alone:
        lanes = blocks.few
    return _within_memory(lanes, spec, rows, rows_judged)


def _within_memory(lanes: int, spec: training.Spec, rows: int, rows_judged: int) -> int:
    """The number of lanes, halved until the block does not take too much memory."""
    while lanes > 1 and cost.block_bytes(spec, rows, lanes, rows_judged) > BYTES_PER_BLOCK:
        lanes //= 2
    return lanes


def _lines(plan: Plan) -> list[str]:
    blocks = sum(program.num_blocks for program in plan.programs)
    lanes = sum(program.num_blocks * program.lanes for program in plan.programs)
    work = sum(program.run_seconds for program in plan.programs)
    alone = sum(_seconds_alone(program) for program in plan.programs)
    compiling, training_ = plan.seconds_apart()
    result, block = float(plan.result_bytes), float(max(program.worker_bytes for program in plan.programs))
    kept = plan.variables.get("params")
    of_params = f", {in_bytes(float(kept.num_bytes * plan.num_networks))} of it for parameters" if kept else ""
    return [
        f"{_counted(plan.num_networks, 'network')} in {_counted(len(plan.programs), 'program')}",
        f"time on one core: about {_in_time(compiling)} to compile and {_in_time(training_)} to train",
        f"memory: {in_bytes(result)} for the result{of_params}, {in_bytes(block)} for each worker",
        f"{_counted(blocks, 'block')}: {1 - plan.num_networks / lanes:.0%} of the places stay empty, and "
        f"{max(1 - alone / work, 0):.0%} of the training time goes into padding networks to one shape",
    ]


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"


def _seconds_alone(program: Program) -> float:
    """Expected seconds to train a program's lanes if each network had a program of its own shape."""
    each = [cost.seconds_per_step(replace(program.spec, sizes=cell.sizes), program.rows) for cell in program.cells]
    lanes = program.num_blocks * program.lanes
    return min(sum(each) / len(each) * lanes * program.spec.num_steps, program.run_seconds)


def in_bytes(count: float) -> str:
    """A number of bytes in words, such as "21.6 kB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.3g} TB"


def _in_time(seconds: float) -> str:
    for unit, size in (("days", 172_800.0), ("hours", 7200.0), ("minutes", 120.0)):
        if seconds >= size:
            return f"{seconds / (size / 2):,.1f} {unit}"
    return f"{seconds:.2g} s" if seconds < 9.5 else f"{seconds:.0f} s"
