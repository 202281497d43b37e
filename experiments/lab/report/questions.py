"""The textbook's questions, as data: texts with places for numbers, which `answers` and `readme` fill in from results.

The texts say nothing that other data could make false: what was found is told by numbers and outcomes alone.
"""

from typing import NamedTuple


class Short(NamedTuple):
    """A claim in a few words, the index of the statement that judges it, and what was measured, in a few words: `{}`,
    or `{:.1%}`, stands for the number of that statement with its interval.
    """

    claim: str
    statement: int
    measured: str


class Question(NamedTuple):
    """A question, what the textbook says, and the statements that answer it, each a claim and a verdict's id."""

    question: str
    says: str  # by the textbook
    found: str  # {0:.1%} is what the first of the statements measured, with its interval; {0.outcome} its outcome
    claims: tuple[Short, ...]  # which of the statements say what, at a glance
    short: str  # the numbers in a line or two, for the README
    because: str  # why it may be so
    figure: tuple[str, str]  # a claim and the name of one of its figures
    alt: str  # what the figure shows, for readers who do not see it
    statements: tuple[tuple[str, str], ...]
    try_it: tuple[str, str] = ("", "")  # settings of the playground, as its address holds them, and what they show


QUESTIONS = (
    Question(
        question="What can one neuron compute?",
        says="A perceptron learns AND and OR by itself. It cannot learn XOR.",
        found=(
            "One neuron learned {0:,} of the 16 Boolean functions of two inputs and {1:,} of the 65,536 functions of "
            "four. What it learned of seven inputs stands, by symmetry, for {2:,} functions. The functions of two "
            "inputs that it did not learn: {3}. Perceptrons that neither learned their function nor returned to "
            "earlier weights, which proves that no neuron computes it: {4}."
        ),
        claims=(
            Short(
                claim="It learns 14 of the 16 Boolean functions of two inputs",
                statement=0,
                measured="{:,} of 16 functions",
            ),
            Short(claim="It computes neither XOR nor XNOR", statement=3, measured="not learned: {}"),
        ),
        short=(
            "Of the 65,536 functions of four inputs it learned {1:,}; what it learned of seven inputs stands, by "
            "symmetry, for {2:,} of 3.4e38 functions."
        ),
        because=(
            "A neuron draws one line through its inputs. The two true corners of XOR have the same sum as its two "
            "false corners, so no line has the true ones on one side."
        ),
        figure=("perceptron.census", "census"),
        alt="How many Boolean functions one neuron computes, by the number of inputs",
        statements=(
            ("perceptron.census", "2 inputs"),
            ("perceptron.census", "4 inputs"),
            ("perceptron.census", "7 inputs"),
            ("perceptron.gates", "no line"),
            ("perceptron.census", "all decided"),
        ),
        try_it=("task=xor&hidden=", "one neuron on XOR"),
    ),
    Question(
        question="Can a network learn XOR?",
        says="A multilayer perceptron with a hidden layer learns XOR; a single neuron does not.",
        found=(
            "Of the networks with one hidden neuron of a monotone activation (sigmoid, tanh, ReLU) {0:.0f} solve it, "
            "of those with one GELU or sine neuron {1:.1%}. With two hidden neurons of a monotone activation {2:.1%} "
            "do in the best setting. Where two do not suffice, {3:.1%} more of the networks solve it with the most "
            "neurons tried."
        ),
        claims=(
            Short(
                claim="In the best setting, two hidden neurons learn it from nearly every start",
                statement=2,
                measured="{:.1%}",
            ),
            Short(
                claim="Where two do not suffice, many more learn it more often",
                statement=3,
                measured="{:.1%} more of the networks",
            ),
            Short(
                claim="One hidden neuron of sigmoid, tanh or ReLU never does", statement=0, measured="{:.0f} networks"
            ),
            Short(claim="One of GELU or of sine mostly does (our addition)", statement=1, measured="{:.1%}"),
        ),
        short=(
            "With two hidden neurons {2:.1%} of the networks learn it in the best setting (of activation, solver and "
            "initial weights); where two do not suffice, {3:.1%} more learn it with the most neurons tried. With one "
            "neuron of sigmoid, tanh or ReLU {0:.0f} networks do, with one of GELU or sine {1:.1%}."
        ),
        because=(
            "Two hidden neurons can compute XOR, but training from random weights gets stuck on plateaus and in flat "
            "minima. More neurons leave more ways to a solution."
        ),
        figure=("xor.trained", "success_by_width"),
        alt=(
            "Share of the networks that learn XOR by the number of hidden neurons, activation, solver and "
            "initialization"
        ),
        statements=(
            ("xor.trained", "one-neuron-monotone"),
            ("xor.trained", "one-neuron-not-monotone"),
            ("xor.trained", "two-neurons"),
            ("xor.trained", "wider-is-surer"),
            ("xor.published", "published-numbers-agree"),
        ),
        try_it=("task=xor&hidden=2", "two tanh neurons on XOR, and a hundred other starts of them"),
    ),
    Question(
        question="Is one hidden layer enough?",
        says="One hidden layer of enough neurons approximates any function, and more neurons make it more accurate.",
        found=(
            "Targets are functions of one input. For networks that are written down and not trained, the error falls "
            "as the number of neurons to the power {0:.2f} with step units and {1:.2f} with ReLU (each on the target "
            "farthest from theory; brackets: the least and the greatest from one size to the next). With polynomial "
            "activations it stops at {2:.3f} times the error of the best polynomial. Trained with the same number of "
            "steps at every size, four times as many neurons lower the median error every time, or leave it below 1e-4 "
            "of the target's spread, for {4:.0f} of 72 pairs of target and activation with Adam, for {5:.0f} with "
            "variable projection."
        ),
        claims=(
            Short(
                claim="With ReLU weights set by a formula the error falls as N^-2",
                statement=1,
                measured="as N^{:.2f} (least and greatest of all sizes)",
            ),
            Short(
                claim="With a polynomial activation it stops at the best polynomial",
                statement=2,
                measured="at {:.3f} times its error",
            ),
            Short(
                claim="With sigmoid neurons of random hidden weights and the best output weights, it keeps falling",
                statement=3,
                measured="to {:.3f} times or less from 16 to 256 neurons",
            ),
            Short(
                claim="Networks trained by Adam are the more accurate the more neurons they have",
                statement=4,
                measured="for {:.0f} of 72 pairs of target and activation; the others fail or are open",
            ),
        ),
        short=(
            "Targets are functions of one input. By a formula the error falls as the number of neurons to the power "
            "{1:.2f} on the target farthest from theory (in brackets: least and greatest from one size to the next); a "
            "polynomial activation stops at {2:.3f} times the error of the best polynomial. Trained with the same "
            "number of steps at every size, four times as many neurons lower the median error every time, or leave it "
            "below 1e-4 of the target's spread, for {4:.0f} of 72 pairs of target and activation with Adam, for "
            "{5:.0f} with variable projection."
        ),
        because=(
            "Each neuron adds a step or a bend, so a sum of enough of them follows any curve. A sum of polynomials of "
            "one degree stays a polynomial of that degree. What exists need not be what training finds."
        ),
        figure=("universal_approximation.universal", "universal"),
        alt="Error of networks with one hidden layer by the number of neurons, for each activation",
        statements=(
            ("universal_approximation.written_down", "slope: step bumps"),
            ("universal_approximation.written_down", "slope: ReLU, equal knots"),
            ("universal_approximation.universal", "met"),
            ("universal_approximation.universal", "universal: sigmoid"),
            ("universal_approximation.trained", "accuracy rises, Adam"),
            ("universal_approximation.trained", "accuracy rises, variable projection"),
        ),
        try_it=("task=sine&hidden=16&activation=relu", "16 ReLUs on a sine"),
    ),
    Question(
        question="How near does training come to the best network of its size?",
        says="Accuracy rises with the number of neurons. Which of all networks is found is not asked.",
        found=(
            "The median network of 64 ReLU neurons that was found errs {0:.2f} times as much as the best of its size "
            "on a sine and {1:.2f} times on Runge's function. The median of 32 tanh neurons errs by {2:.0e} on a sine. "
            "Networks with learned splines on their edges (KANs) are more accurate than plain ones, with the same "
            "solver, on {3} functions."
        ),
        claims=(
            Short(
                claim="On a sine our best solver finds 64 ReLUs that err less than 1.15 times as much as the best 64",
                statement=0,
                measured="{:.2f} times",
            ),
            Short(
                claim="On a sine variable projection trains 32 tanh neurons to errors below 1e-10",
                statement=2,
                measured="{:.0e}",
            ),
            Short(
                claim="With Adam the error of ReLUs falls as fast with N as that of the best",
                statement=4,
                measured="as N^{:.2f}",
            ),
        ),
        short=(
            "On a sine the median network of 64 ReLUs that our best solver finds has {0:.2f} times the error of the "
            "best network of its size; the median network of 32 tanh neurons, trained by variable projection, has a "
            "root-mean-square error of {2:.0e}. With Adam the error of ReLU networks falls as N^{4:.2f}."
        ),
        because=(
            "The output weights of a network can be solved for exactly, and bends can be moved to where the error is. "
            "Plain gradient descent takes small steps on all weights at once instead."
        ),
        figure=("universal_approximation.near_the_best", "ratios"),
        alt="Error of trained ReLU networks over the error of the best network of their size",
        statements=(
            ("universal_approximation.near_the_best", "median, sine, 64"),
            ("universal_approximation.near_the_best", "median, runge, 64"),
            ("universal_approximation.machine_precision", "median, sine"),
            ("universal_approximation.against_kan", "accuracy, L-BFGS"),
            ("universal_approximation.trained", "ReLU slope, Adam"),
        ),
    ),
    Question(
        question="Does depth help?",
        says="More hidden layers improve performance significantly.",
        found=(
            "With equally many parameters the best deeper networks have {0:.2f} times the error of one hidden layer on "
            "average over tasks: {1:.3f} times on waves around a point, and {3:.2f} times on 4,000 rows of MNIST-1D. "
            "On a function composed along a tree that ratio is {2:.2f} times what it is on the same function with "
            "signs drawn at random. On 40,000 rows of MNIST-1D and without weight decay five layers err {4:.2f} times "
            "as much. To draw a sawtooth, deep networks need fewer neurons than one layer from {5:.0f} layers on; from "
            "random starts {6:.0%} of the deepest networks of that shape learn it. Of ReLU and tanh networks no wider "
            "than their inputs {7:.0f} enclose a ball, however deep they are."
        ),
        claims=(
            Short(
                claim="With equally many parameters more layers help, on average over tasks",
                statement=0,
                measured="{:.2f} times the error of one hidden layer",
            ),
        ),
        short=(
            "With equally many parameters the best deeper network has {0:.2f} times the error of one hidden layer, on "
            "average over tasks: {1:.3f} times on waves around a point, and {3:.2f} times on 4,000 rows of MNIST-1D. "
            "On 40,000 rows, without weight decay, five layers have {4:.2f} times the error of one."
        ),
        because=(
            "Perhaps because the first layers can compute an inner quantity once, such as the distance from a point or "
            "a node of a tree, and the next ones a function of it. A task without one gains little. Folds, with which "
            "pieces multiply from layer to layer, are in networks that are written down; training hardly finds them."
        ),
        figure=("wide_versus_deep.equal_budgets", "by_task"),
        alt=(
            "Error of the best deep network divided by that of one hidden layer with as many parameters, for each task"
        ),
        statements=(
            ("wide_versus_deep.equal_budgets", "more layers"),
            ("wide_versus_deep.equal_budgets", "radial, 2 waves"),
            ("wide_versus_deep.equal_budgets", "composition, not size"),
            ("wide_versus_deep.equal_budgets", "MNIST-1D"),
            ("wide_versus_deep.microsoft_table", "MNIST-1D: 5 against =5"),
            ("wide_versus_deep.expressible", "crossing: sawtooth"),
            ("wide_versus_deep.learnable", "random starts"),
            ("wide_versus_deep.minimal_width", "never at width d"),
        ),
        try_it=("task=spirals&hidden=6-6", "two hidden layers on two spirals"),
    ),
    Question(
        question="Do deep and thin networks beat shallow and wide ones on speech?",
        says=(
            "Microsoft's researchers found that they do: each added layer lowers the error, and one layer never "
            "catches up, however wide."
        ),
        found=(
            "On speech that is synthesised here, five layers of ReLUs gain {0:.1f} points of frame error on one layer "
            "of as many weights after the longest training (below zero they err more). From the shortest to the "
            "longest training this lead grows by {1:.1f} points. Over one layer of four times the weights it is "
            "{2:.1f} points after half of that training, and {3:.1f} points when both train for equal seconds. On "
            "MNIST-1D five layers have {4:.2f} times the error of one layer of as many weights."
        ),
        claims=(
            Short(
                claim="On synthesised speech five layers beat one of as many weights",
                statement=0,
                measured="{:.1f} points of error less",
            ),
            Short(
                claim="They beat one of four times the weights",
                statement=2,
                measured="{:.1f} points less, after half as long a training",
            ),
            Short(claim="They do so in equal seconds", statement=3, measured="{:.1f} points less"),
            Short(
                claim="Of networks of 1, 2, 3 and 5 layers each errs less than the one before",
                statement=5,
                measured="from one to five layers by {:.1f} points",
            ),
        ),
        short=(
            "On synthesised speech the error of one layer minus that of five layers of ReLUs is {0:.1f} points with as "
            "many weights after the longest training, {2:.1f} with four times the weights after half of that training, "
            "and {3:.1f} with these when both train for equal seconds; below zero the deep network errs more."
        ),
        because=(
            "Depth may pay only after long training. Claim: the longer the training, the more deep networks gain. "
            "Verdict: {1.outcome}."
        ),
        figure=("wide_versus_deep.speech", "training"),
        alt=(
            "Frame error by the number of frames seen in training, and by how many points five layers err less than "
            "single layers, on synthesised speech"
        ),
        statements=(
            ("wide_versus_deep.speech", "primary"),
            ("wide_versus_deep.speech", "longer"),
            ("wide_versus_deep.speech", "ladder: 5 against wide"),
            ("wide_versus_deep.speech", "equal seconds"),
            ("wide_versus_deep.microsoft_table", "MNIST-1D: 5 against =5"),
            ("wide_versus_deep.speech", "ladder: each layer"),
        ),
    ),
    Question(
        question="What does the activation do?",
        says="A step function cannot be trained by gradients; sigmoid, tanh and ReLU can.",
        found=(
            "In every setting in which step units do not solve XOR nearly always, sigmoid networks solve it more "
            "often, by {0:.1%} of them or more. With a clipped straight-through estimator at least {1:.1%} more of the "
            "networks solve it than with random steps. The highest rate at which networks still learn turns {2:.1%} of "
            "their ReLU units off or more, by solver; the best rate {3:.1%}. In deep networks of sigmoids: {6.finding}"
        ),
        claims=(
            Short(
                claim="Networks of sigmoids learn XOR more often than networks of steps (our reading)",
                statement=0,
                measured="by at least {:.1%} of the networks, wherever steps do not learn it nearly always",
            ),
            Short(
                claim="The gradient of sigmoid networks vanishes with depth",
                statement=6,
                measured="over 10 layers its mean square falls to e^k of itself, k = {:.2f}",
            ),
            Short(
                claim="Too high a learning rate leaves 40% or more of the ReLU units dead",
                statement=2,
                measured="{:.1%} with the solver that leaves fewest",
            ),
        ),
        short=(
            "In every setting in which step units do not solve XOR nearly always, sigmoid networks solve it more "
            "often, by at least {0:.1%} of the networks. Where the gradient falls least, the natural logarithm of its "
            "mean square changes by {6:.2f} over 10 layers. ReLU units are dead where they are off for every example. "
            "{2.finding}"
        ),
        because=(
            "A step has no slope, so no gradient passes it, and only the layers after it learn. The slope of a sigmoid "
            "is a quarter at most, and each layer multiplies the gradient by it. A ReLU unit that is off for every "
            "example has no slope either, so its own weights get no gradient."
        ),
        figure=("activations.step_units", "success"),
        alt="Share of the networks of step units that learn XOR, by hidden units and way of training, against sigmoids",
        statements=(
            ("activations.step_units", "continuity-buys-learning"),
            ("activations.step_units", "adds: clipped straight-through"),
            ("activations.dead_units", "killed-by-the-rate"),
            ("activations.dead_units", "few-at-the-best-rate"),
            ("activations.dead_units", "rank-law"),
            ("activations.softmax", "plateau"),
            ("activations.signal_propagation", "vanishing"),
        ),
        try_it=("task=xor&hidden=3&activation=step", "three step units on XOR"),
    ),
    Question(
        question="Which activation learns fastest?",
        says="ReLU learns faster than sigmoid and tanh, and is an excellent default choice.",
        found=(
            "{0.finding} ReLU learns faster than sigmoid in {1:d} of these settings, and faster than tanh in {2:d}; in "
            "{3:d} it takes at most twice the steps of every other activation. This is speed on the training rows "
            "alone."
        ),
        claims=(
            Short(
                claim="None is the fastest for every task and solver",
                statement=0,
                measured="{:d} of 9 activations are unbeaten in all settings",
            ),
            Short(
                claim="ReLU learns faster than sigmoid",
                statement=1,
                measured="in {:d} of 10 settings; in others slower, level or open",
            ),
            Short(
                claim="ReLU learns faster than tanh",
                statement=2,
                measured="in {:d} of 10; in others slower, level or open",
            ),
        ),
        short=(
            "{0.finding} ReLU learns faster than sigmoid in {1:d} of these settings, and faster than tanh in {2:d}. "
            "This is speed on the training rows alone."
        ),
        because=(
            "Perhaps because an activation that suits one task bends where another task is straight. Rates and scales "
            "were tuned for each."
        ),
        figure=("activations.fastest", "ranking"),
        alt="Steps that each activation needs to learn, for each task and solver",
        statements=(
            ("activations.fastest", "none-is-fastest-everywhere"),
            ("activations.fastest", "relu-before-sigmoid"),
            ("activations.fastest", "relu-before-tanh"),
            ("activations.fastest", "relu-is-a-good-default"),
            ("activations.fastest", "sin-before-sigmoid"),
        ),
        try_it=("task=parity4&hidden=8&activation=relu", "eight ReLUs on the parity of four bits"),
    ),
    Question(
        question="When does deep learning need many data?",
        says="Deep learning is better than classical learning on large samples, and worse on small ones.",
        found=(
            "With the most rows at which all methods were run (4,096 or more), networks of two or more hidden layers "
            "err significantly less than every classical method (Holm's rule at 5%) on {0} data sets ({0.outcome}); "
            "with the fewest, the best classical method errs significantly less on {1} ({1.outcome}). Against it "
            "networks gain with the number of rows on {2}. With the most rows, two or more layers of 128 neurons err "
            "less than one such layer, which has fewer parameters, on {3}, by more than longer training could gain. On "
            "one data set more rows were taken, beside forest and boosting alone: there deep networks have {5:.2f} "
            "times the error of the better of the two."
        ),
        claims=(
            Short(claim="Deep learning wins on large samples", statement=0, measured="significantly on {} data sets"),
            Short(
                claim="On the largest sample, of one data set, it beats forest and boosting (no others were run there)",
                statement=5,
                measured="{:.2f} times the error of the better of the two",
            ),
            Short(claim="It loses on small samples", statement=1, measured="significantly on {}"),
            Short(
                claim="The more rows, the more it gains on the best classical method",
                statement=2,
                measured="on {} data sets",
            ),
        ),
        short=(
            "With the most rows at which all methods were run (4,096 or 16,384), deep networks err significantly less "
            "than every classical method on {0} data sets; with the fewest rows, the best classical method errs "
            "significantly less on {1}. On the largest sample, 65,536 rows of MNIST-1D, where forest and boosting "
            "alone were run beside them, they have {5:.2f} times the error of the better of the two."
        ),
        because="Perhaps because a network must find by itself what other methods are given, and that takes examples.",
        figure=("learning_from_data.sample_size", "winners"),
        alt="Which method errs least on each data set, by the number of training rows",
        statements=(
            ("learning_from_data.sample_size", "large samples"),
            ("learning_from_data.sample_size", "small samples"),
            ("learning_from_data.sample_size", "gain by rows"),
            ("learning_from_data.sample_size", "depth"),
            ("learning_from_data.sample_size", "trees on tables"),
            ("learning_from_data.sample_size", "largest sample"),
        ),
    ),
    Question(
        question="Do our own intervals hold?",
        says="Nothing: this is an aim of our own.",
        found=(
            "Experiments were run again, tuning included, with other seeds, data and splits. Two measurements of one "
            "thing should agree as often as their intervals say. {0.finding} The share that agrees minus the share "
            "that should is {2:z.1%} where nothing was tuned or the interval includes the randomness of tuning, and "
            "{3:z.1%} where it leaves this out. Of the outcomes that chance can change {1:.1%} changed, and {4:.1%} "
            "turned round, from reproduced to not reproduced or back."
        ),
        claims=(
            Short(
                claim="Two measurements of one thing agree at least as often as their intervals promise",
                statement=0,
                measured="share of pairs that agree minus share that should: {:z.1%}",
            ),
            Short(
                claim=(
                    "They do where nothing was tuned or the intervals include tuning (divided after results were seen)"
                ),
                statement=2,
                measured="{:z.1%}",
            ),
            Short(
                claim="They do where the intervals leave tuning out (divided after results were seen)",
                statement=3,
                measured="{:z.1%}",
            ),
            Short(
                claim="With other seeds and data at most one outcome in twenty changes",
                statement=1,
                measured="{:.1%} changed",
            ),
        ),
        short=(
            "Measured again with other seeds, data and splits, the share of pairs that agree minus the share that "
            "should: {0:z.1%}. It is {2:z.1%} where nothing was tuned or the interval includes the randomness of "
            "tuning, and {3:z.1%} where it leaves this out. Of the outcomes that chance can change {1:.1%} changed."
        ),
        because=(
            "An interval counts the chance that is in its networks, data and splits. It is too narrow where some "
            "chance is left out, as that of tuning, or where what is counted as independent is not."
        ),
        figure=("intervals.replicated", "all_pairs"),
        alt="How far the second measurement of every estimate lies from the first, by what their intervals allow",
        statements=(
            ("intervals.replicated", "all"),
            ("intervals.replicated", "outcomes changed"),
            ("intervals.replicated", "no tuning left out"),
            ("intervals.replicated", "tuning left out"),
            ("intervals.replicated", "outcomes reversed"),
            ("intervals.replicated", "share"),
            ("intervals.replicated", "mean"),
            ("intervals.replicated", "other"),
        ),
    ),
    Question(
        question="How fast and how safe is the engine that measures this?",
        says="Nothing: these are aims of our own.",
        found=(
            "Ten thousand networks of 2-2-1 are trained {0:.1f} times as fast as by plain jit(vmap(scan)), {1:.0f} "
            "times as fast as by PyTorch's batched products, in {2:.1f} times the time of a program in C++ for this "
            "shape alone. From a thousand to a million networks the time for each changes by a factor of {3:.1f}. "
            "Killing the process cost at most {4:d} blocks of networks. Of all changed bytes and bits {5:.1%} were "
            "found."
        ),
        claims=(
            Short(
                claim="Networks of 2-2-1 are trained more than 5.5 times as fast as with plain JAX",
                statement=0,
                measured="{:.1f} times, once compiled",
            ),
            Short(claim="Networks of 2-8-1 more than 6.5 times", statement=6, measured="{:.1f} times, once compiled"),
            Short(
                claim="A killed process loses the blocks under way alone",
                statement=4,
                measured="{:d} blocks at most",
            ),
            Short(
                claim="Every changed byte or bit of a chunk is found",
                statement=5,
                measured="{:.1%} of those that were changed",
            ),
        ),
        short=(
            "Once compiled, ten thousand networks are trained {0:.1f} times (2-2-1) and {6:.1f} times (2-8-1) as fast "
            "as with plain JAX. Killing the process cost at most {4:d} blocks of networks, which were trained again; "
            "of the bytes and bits of chunks that were changed on purpose {5:.1%} were found."
        ),
        because=(
            "Many small networks fill a processor's vector units, one does not. Finished blocks lie on disk with "
            "checksums."
        ),
        figure=("speed.price", "price_per_step"),
        alt="Time that a step of one network takes, by method",
        statements=(
            ("speed.price", "2-2-1_vmap"),
            ("speed.price", "2-2-1_torch_batched"),
            ("speed.price", "limit"),
            ("speed.ensembles", "flat"),
            ("survival.killed", "blocks-lost"),
            ("survival.damaged", "bytes"),
            ("speed.price", "2-8-1_vmap"),
        ),
    ),
)
