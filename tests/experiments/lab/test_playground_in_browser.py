"""The playground in a real browser: `make test-browser`. Without Chromium these tests are skipped.

Pages are opened from disk, as a reader opens them.
"""

import jax
import numpy as np
import pytest

from experiments.lab.report import page, playground
from nnjax import mlp

pytestmark = pytest.mark.browser

TAKES = 60_000  # milliseconds that training may take on a busy machine


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "playground.html"
    body = f"<main>\n<h1>Playground</h1>\n{playground.playground()}\n</main>"
    file.write_text(page.document(body, "Playground"), encoding="utf-8")
    return file.as_uri()


HURRY = "() => { const now = performance.now.bind(performance); performance.now = () => 10 * now(); }"


def done(tab):
    """Wait for the end of a run, which is shown for six seconds: by this clock it is over in less than one."""
    tab.evaluate(HURRY)
    tab.wait_for_function("document.querySelector('.said').textContent.startsWith('Done')", timeout=TAKES)


def unfold(tab, name):
    """Open a part of the page, and wait until it is filled, which happens when the browser tells that it is open."""
    filled = {"numbers": ".numbers td", "python": ".python code:not(:empty)", "address": ".address .hint:not(:empty)"}
    tab.click(f".{name} > summary")
    tab.wait_for_selector(filled[name])


def colors(tab, selector):
    """How many colours a canvas shows."""
    return tab.eval_on_selector(
        selector,
        """(canvas) => new Set(new Uint32Array(
               canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size""",
    )


def focused(tab):
    return tab.evaluate("document.activeElement.dataset.do || document.activeElement.name || ''")


def tab_to(tab, name):
    """Move the focus by the tabulator alone."""
    for _ in range(60):
        if focused(tab) == name:
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"the tabulator does not reach {name}")


def test_a_network_is_trained_and_replayed_by_the_keyboard_alone(opened):
    tab = opened()
    tab_to(tab, "run")
    tab.keyboard.press("Enter")
    done(tab)
    assert "4 of 4 training rows right" in tab.text_content(".score")
    assert tab.text_content(".share strong") == "82 of the hundred others solved it"
    assert "95% interval 73% to 88%" in tab.text_content(".share")
    assert "18 of the hundred did not solve it" in tab.text_content(".losses")
    for canvas in (".answer canvas", ".net canvas", ".losses canvas"):
        assert colors(tab, canvas) > 20, canvas
    tab_to(tab, "replay")
    tab.keyboard.press("Home")
    assert tab.text_content(".replay output").startswith("step 0 of 500: ")
    tab.keyboard.press("ArrowRight")
    assert tab.text_content(".replay output").startswith("step 2 of 500: ")


@pytest.mark.parametrize(("width", "height"), [(400, 800), (1400, 900)])
def test_picture_and_replay_are_seen_together(opened, width, height):
    tab = opened(width=width)
    tab.click("[data-do=step]")
    picture, replay, bar = (tab.locator(name).bounding_box() for name in (".answer canvas", ".replay", ".bar"))
    end = picture["y"] + picture["height"]
    assert end <= replay["y"] < end + 20
    assert bar["height"] + replay["y"] + replay["height"] - picture["y"] < height


def test_the_main_button_says_what_it_will_do(opened):
    tab = opened("#playground?task=xor&num_steps=100")

    def says():
        return tab.text_content("[data-do=run]")

    assert says() == "Run"
    tab.click("[data-do=run]")
    tab.wait_for_function("document.querySelector('[data-do=run]').textContent === 'Pause'")
    done(tab)
    assert says() == "Run again"
    tab.select_option("[name=task]", "or")
    assert says() == "Run"
    tab.click("[data-do=step]")
    assert says() == "Run on"
    tab.select_option("[name=task]", "table")
    assert says() == "Run"


def test_a_loss_that_cannot_be_chosen_is_the_one_in_use(opened):
    tab = opened()

    def loss():
        return tab.eval_on_selector("[name=cost]", "(one) => [one.disabled, one.selectedOptions[0].textContent]")

    assert loss() == [False, "cross-entropy"]
    tab.select_option("[name=task]", "sine")
    assert loss() == [True, "squared error, linear output"]
    tab.select_option("[name=task]", "xor")
    assert loss() == [False, "cross-entropy"]


def test_without_javascript_it_says_so_and_offers_nothing(opened):
    tab = opened(java_script_enabled=False)
    assert tab.locator("noscript p").is_visible()
    assert not any(one.is_visible() for one in tab.locator("button, select, input, summary").all())


def test_its_first_weights_are_nnjaxs_and_python_says_how(opened):
    tab = opened("#playground?task=xor&hidden=3&seed=7")
    unfold(tab, "numbers")
    cells = tab.eval_on_selector_all(
        ".numbers table:first-child td", "(cells) => cells.map((cell) => Number(cell.textContent.replace('−', '-')))"
    )
    there = mlp.init(jax.random.split(jax.random.key(7))[0], (2, 3, 1))[0]
    assert np.array(cells).reshape(3, 3) == pytest.approx(np.vstack([there.w, there.b]), abs=6e-4)
    unfold(tab, "python")
    assert 'nnjax.tasks.boolean("xor")' in tab.text_content(".python code")
    assert "seed=7" in tab.text_content(".python code")


def test_one_that_solved_and_one_that_stuck_are_one_click_away(opened):
    tab = opened(width=400)
    tab.click("[data-do=pair]")
    tab.wait_for_selector(".pair figure >> nth=1", timeout=TAKES)
    bar, title = (tab.locator(name).bounding_box() for name in (".bar", ".pair-title"))
    assert bar["y"] + bar["height"] <= title["y"]  # which is not hidden behind what stays above
    assert tab.locator(".pair figcaption strong").all_text_contents() == ["Seed 1 solved it", "Seed 5 got stuck"]
    assert colors(tab, ".pair figure:last-child .plane") > 20
    tab.click("[data-watch='5']")
    assert tab.input_value("[name=seed]") == "5"
    tab.click("[data-do=run]")
    done(tab)
    assert "2 of 4 training rows right" in tab.text_content(".score")


def test_it_adds_one_name_to_the_page(opened):
    tab = opened()
    added = tab.evaluate(
        """() => {
             const frame = document.body.appendChild(document.createElement("iframe"));
             const before = new Set(Object.getOwnPropertyNames(frame.contentWindow));
             return Object.getOwnPropertyNames(window).filter((name) => !before.has(name) && !/^\\d+$/.test(name));
           }"""
    )
    assert added == ["Playground"]


def test_an_address_brings_the_settings_back(opened):
    tab = opened()
    tab.select_option("[name=task]", "points")
    tab.click(".answer canvas", position={"x": 120, "y": 60})
    tab.click("[data-add]")
    tab.fill("[data-layer='1']", "5")
    tab.select_option("[name=solver]", "rmsprop")
    unfold(tab, "address")
    address = tab.input_value("[name=address]")
    again = opened("#" + address.split("#")[1])
    unfold(again, "address")
    assert again.input_value("[name=address]").split("#")[1] == address.split("#")[1]
    assert again.input_value("[name=solver]") == "rmsprop"
    assert again.input_value("[data-layer='1']") == "5"
    points = "document.querySelector('.python code').textContent.match(/x = np.array\\((.*), float/)[1]"
    for one in (tab, again):
        unfold(one, "python")
    assert len(again.evaluate(f"JSON.parse({points})")) == 7
    assert again.evaluate(points) == tab.evaluate(points)
    tab.select_option("[name=task]", "table")
    tab.uncheck("[name=scale]")
    tab.wait_for_function("document.querySelector('[name=address]').value.includes('scale=0')")
    again = opened("#" + tab.input_value("[name=address]").split("#")[1])
    assert not again.is_checked("[name=scale]")
    again.fill("[name=csv]", "a,b\n10,20\n30,50")
    again.click("[data-do=use-table]")
    unfold(again, "python")
    assert "np.ptp" not in again.text_content(".python code")
    none = opened("#playground?task=points&points=")
    assert none.text_content(".said") == "Add points of both classes."
    bad = opened("#playground?task=<script>&hidden=99-a&seed=-3&learning_rate=-1")
    assert bad.input_value("[name=task]") == "xor"
    assert bad.input_value("[name=seed]") == "0"
    assert bad.input_value("[name=learning_rate]") == "0.1"
    assert bad.is_checked("[name=scale]")


def test_any_learning_rate_above_0_is_taken(opened):
    tab = opened("#playground?task=xor&learning_rate=0.949")
    assert tab.input_value("[name=learning_rate]") == "0.949"
    unfold(tab, "python")
    tab.fill("[name=learning_rate]", "2.5e-3")
    tab.press("[name=learning_rate]", "Tab")
    assert "learning_rate=0.0025," in tab.text_content(".python code")
    assert "learning_rate=2.5e-3" in tab.evaluate("location.hash")
    for wrong in ("0", ""):
        tab.fill("[name=learning_rate]", wrong)
        tab.press("[name=learning_rate]", "Tab")
        assert tab.text_content(".said") == "The learning rate must be a number above 0."
        assert tab.is_disabled("[data-do=step]")


def test_one_that_diverged_did_not_get_stuck(opened):
    tab = opened("#playground?task=xor&cost=squared_linear&solver=sgd&learning_rate=0.8&num_steps=100")
    tab.click("[data-do=pair]")
    tab.wait_for_selector(".pair figure >> nth=1", timeout=TAKES)
    assert tab.locator(".pair figcaption strong").all_text_contents() == ["Seed 26 solved it", "Seed 1 diverged"]


def test_only_what_the_user_chose_is_kept_for_another_task(opened):
    tab = opened()
    names = ("learning_rate", "num_steps", "solver", "seed")
    tab.select_option("[name=task]", "spirals")
    tab.select_option("[name=solver]", "sgd")
    tab.click("[data-do=next-seed]")
    tab.select_option("[name=task]", "or")
    assert [tab.input_value(f"[name={name}]") for name in names] == ["0.1", "500", "sgd", "1"]
    tab.select_option("[name=task]", "spirals")
    tab.reload()
    assert [tab.input_value(f"[name={name}]") for name in names] == ["0.03", "1000", "sgd", "1"]
    tab.select_option("[name=task]", "xor")
    assert [tab.input_value(f"[name={name}]") for name in names] == ["0.1", "500", "sgd", "1"]
    assert tab.input_value("[data-layer='0']") == "3"


def test_what_is_folded_is_filled_while_it_trains_and_empty_after_a_fault(opened):
    tab = opened("#playground?task=xor&num_steps=20000")
    tab.click("[data-do=run]")
    for name in ("numbers", "python", "address"):
        unfold(tab, name)
    assert tab.text_content("[data-do=run]") == "Pause"
    assert "num_steps=20000" in tab.text_content(".python code")
    assert "num_steps=20000" in tab.input_value("[name=address]")
    tab.select_option("[name=task]", "table")
    assert [tab.text_content(part) for part in (".numbers div", ".python code", ".replay output")] == ["", "", ""]
    assert tab.is_disabled("[data-do=copy-python]")
    assert "task=table" in tab.input_value("[name=address]")


def test_a_copy_that_fails_says_so(opened):
    tab = opened()
    unfold(tab, "address")
    tab.evaluate("Object.defineProperty(navigator, 'clipboard', {}); document.execCommand = () => true;")
    tab.click("[data-do=copy-address]")
    assert tab.text_content(".said") == "Copied."
    tab.evaluate("document.execCommand = () => false")
    tab.click("[data-do=copy-address]")
    assert tab.text_content(".said").startswith("Not copied")
    assert focused(tab) == "address"


def test_tables_are_trained_on_and_faults_are_told(opened):
    tab = opened()
    tab.select_option("[name=task]", "table")
    assert tab.is_disabled("[data-do=run]")
    tab.fill("[name=csv]", "a,b\n1,x2\n3,4")
    tab.click("[data-do=use-table]")
    tab.fill("[name=csv]", "a,b\n1,2\nq,4")
    tab.click("[data-do=use-table]")
    assert tab.text_content(".wrong") == 'Line 3, a: "q" is no number.'
    tab.set_input_files("[name=file]", {"name": "own.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n3,p"})
    tab.wait_for_function("document.querySelector('.said').textContent.startsWith('Read 2 rows')")
    assert tab.input_value("[name=file]") == ""  # else the same file, corrected, could not be chosen
    rows = "".join(f"\n{i},{i % 3},{'yes' if i > 4 else 'no'}" for i in range(10))
    tab.fill("[name=csv]", "<script>alert(1)</script>,other,kind" + rows)
    tab.click("[data-do=use-table]")
    assert "class 0 is no, class 1 is yes" in tab.text_content(".said")
    tab.select_option("[name=num_steps]", "200")
    tab.click("[data-do=run]")
    done(tab)
    assert "10 of 10 training rows right" in tab.text_content(".score")


@pytest.mark.parametrize("task", ["sine", "parity4", "spirals"])
def test_other_tasks_are_drawn_and_trained(opened, task):
    tab = opened()
    tab.select_option("[name=task]", task)
    tab.select_option("[name=num_steps]", "100")
    before = tab.text_content(".score")
    tab.click("[data-do=run]")
    done(tab)
    assert tab.text_content(".score") != before
    tab.select_option("[name=unit]", label="layer 1, neuron 2")
    assert colors(tab, ".answer canvas") > 20
    tab.click("[data-do=reset]")
    assert tab.text_content(".replay output").startswith("step 0 of 100")


LATE = "window.Worker = class { postMessage(sent) { if (sent.run) setTimeout(() => this.onerror()); } terminate() {} };"


@pytest.mark.parametrize("forbid", ["delete window.Worker", LATE])
def test_without_a_worker_the_hundred_train_in_the_page(opened, forbid):
    tab = opened()
    tab.add_init_script(forbid)
    tab.reload()
    tab.click("[data-do=run]")
    done(tab)
    assert tab.text_content(".share strong") == "82 of the hundred others solved it"


@pytest.mark.parametrize(("width", "scheme"), [(400, "dark"), (1400, "light")])
def test_everyone_can_use_it(opened, shut_out, width, scheme):
    tab = opened("#playground?task=xor&num_steps=200", width, scheme)
    tab.click("[data-do=pair]")
    tab.wait_for_selector(".pair figure >> nth=1", timeout=TAKES)
    tab.eval_on_selector_all("details", "(all) => all.forEach((one) => { one.open = true; })")
    for task in ("xor", "points", "table"):
        tab.select_option("[name=task]", task)
        assert shut_out(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
