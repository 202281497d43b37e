"""Numbers of the results in texts: in the pages of the documentation, and in the README."""

import re

import pytest

from experiments.lab.claims import Claim
from experiments.lab.report import findings, readme
from experiments.lab.report.fill import filled
from experiments.lab.report.read import NOT_RUN, Result
from experiments.lab.verdicts import Verdict

SHARE = Verdict(
    "a share", "Toys win.", "published", "Toy (2000)", 0.5, "Reproduced above 0.",
    "They win in 1,234 of 2,468 *games*.", 0.5, 0.46, 0.54, "of the games", 2468, "partly", "python -m experiments",
)  # fmt: skip
COUNT = SHARE._replace(id="a count, of two", measured=12345, low=None, high=None, unit="", kind="aim")
WORDS = SHARE._replace(id="words", measured="3 of 4", low=None, high=None, claim="<b> & [c](d)", reference=None)
WORDS = WORDS._replace(rule="Reproduced above 1. Since results were seen, not above 2.")
TOTAL = (
    "3 statements were tested. Of the 2 that others have made: 2 partly (held: 0 of 2 published results). Of our own 1 "
    "aims: 1 partly met. For 1 of all, rule or statement was changed after results had been seen."
)


@pytest.fixture
def results(tmp_path):
    claim, other = (Claim(f"toys.{name}_ones", tmp_path, f"Toys are {name}.") for name in ("tall", "small"))
    (tmp_path / "seen.png").touch()
    run = {"seconds": {"total": 7.25}, "date": "2026-01-02T03:04:05"}
    command = "python -m experiments toys.tall_ones"
    return [
        Result(claim, tmp_path, command, [SHARE, COUNT, WORDS], run, [tmp_path / "seen.png"]),
        Result(other, tmp_path, "python -m experiments toys.small_ones", problems=[NOT_RUN]),
    ]


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("{{ toys.tall_ones / a share | .0% }}", "50% [46%, 54%]"),
        ("{{toys.tall_ones/a share|.1%}}", "50.0% [46.0%, 54.0%]"),
        ("{{ toys.tall_ones / a share }}", "50% [46%, 54%] of the games"),
        ("{{ toys.tall_ones / a count, of two | , }}", "12,345"),
        ("{{ toys.tall_ones / words }}", "3 of 4 of the games"),
        ("{{ toys.tall_ones / a share | outcome }}", "partly"),
        ("{{ toys.tall_ones / a share | n }}", "2,468"),
        ("{{ toys.tall_ones / a share | finding }}", r"They win in 1,234 of 2,468 \*games\*."),
        ("{{ toys.tall_ones /\n  a share | .0% }} of {{ loud me }}", "50% [46%, 54%] of ME"),
        ("{% no place %} and { this }", "{% no place %} and { this }"),
    ],
)
def test_a_place_is_filled_in(results, place, shown):
    assert filled(place, results, {"loud": str.upper}) == shown


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("{{ toys.tal / a share }}", "there is no claim 'toys.tal'"),
        ("{{ toys.tall_ones / a shore }}", "no statement 'a shore': it has 'a share'"),
        ("{{ toys.small_ones / a share }}", "no statement 'a share': not yet run"),
        ("{{ toys.tall_ones / words | .0% }}", "Unknown format code '%' for object of type 'str'"),
        ("{{ toys.tall_ones / a share | findings }}", "Invalid format specifier"),
        ("{{ claims dolls }}", "there is no topic 'dolls'"),
        ("{{ figure toys.tall_ones / unseen }}", "toys.tall_ones has no figure 'unseen'"),
    ],
)
def test_a_place_that_cannot_be_filled_is_quoted(results, place, told):
    with pytest.raises(ValueError, match=re.escape(f"{place}: ")) as error:
        filled(f"Words, {place}.", results, findings.blocks(results, "../"))
    assert told in str(error.value)


def test_a_claim_has_a_section_with_all_of_its_statements(results):
    shown = findings.claims(results, "toys")
    assert shown.count("<li>") == 3
    assert "<summary>All 3 statements: 2 partly; 0 of 1 aims met</summary>" in shown
    assert "### tall ones { #tall_ones }" in shown
    assert "(7.2 s, 2026-01-02)" in shown
    assert '<a href="../results/index.html#toys.tall_ones/a_share">' in shown
    assert "&lt;b&gt; &amp; [c](d)" in shown
    assert "2,468 *games*" in shown  # in HTML, where stars are stars
    assert "![seen, a figure of toys.tall_ones](../results/toys/tall_ones/seen.png)" in shown
    assert "`python -m experiments toys.small_ones`\n\nThis claim is not yet run." in shown


def test_the_table_has_a_row_for_each_claim(results):
    rows = findings.table(results).splitlines()[2:]
    assert rows == [
        "| [toys.tall_ones](../findings/toys.md#tall_ones) | Toys are tall. | 7.2 s | 2 partly; 0 of 1 aims met |",
        "| [toys.small_ones](../findings/toys.md#small_ones) | Toys are small. |  | not yet run |",
    ]


def test_the_blocks_of_a_readme_are_written_anew_and_nothing_else(results, tmp_path):
    path = tmp_path / "README.md"
    blocks = {"glance": readme.glance, "answers": readme.answer_lines, "peers": readme.peers}

    def marked(**inside):
        parts = [f"<!-- {name} -->\n{text}\n<!-- end of {name} -->\n" for name, text in inside.items()]
        return "first\n" + "middle\n".join(parts) + "last"

    path.write_text(marked(**dict.fromkeys(blocks, "old")), encoding="utf-8")
    assert readme.rewrite(path, results)
    assert path.read_text(encoding="utf-8") == marked(**{name: block(results) for name, block in blocks.items()})
    assert readme.glance(results).splitlines()[-1] == TOTAL
    assert not readme.rewrite(path, results)


def test_a_readme_without_its_marks_is_refused_and_left_alone(results, tmp_path):
    path = tmp_path / "README.md"
    path.write_text("<!-- glance -->\n\n<!-- end of peers -->", encoding="utf-8")
    with pytest.raises(ValueError, match="end of glance"):
        readme.rewrite(path, results)
    assert path.read_text(encoding="utf-8") == "<!-- glance -->\n\n<!-- end of peers -->"


def test_the_times_of_peers_are_those_of_the_table(results, tmp_path):
    rows = [
        "workload,method,networks,ns_per_network_step,over_engine,compile_seconds",
        "2-2-1,nnjax.sweep,10000,5.0345,1,1.0626", "2-2-1,TurbaNet,10000,130,26.21,0.3",
        "1-64-1,nnjax.sweep,256,3684.6,1,2", '1-64-1,"scikit-learn, one by one",1,1,12538.4,nan',
        "1-2-1,nnjax.sweep,256,104,,",
    ]  # fmt: skip
    (tmp_path / "table.csv").write_text("\n".join(rows))
    price = Result(Claim("speed.price", tmp_path, "Fast."), tmp_path, "", table=tmp_path / "table.csv")
    assert readme.peers([price]).splitlines()[2:] == [
        "| 2-2-1, 10,000 | 5.03 ns | 1.1 s |  |  |  | 26 |  |  |",
        "| 1-64-1, 256 | 3.68 µs | 2 s |  |  |  |  | 13,000 |  |",
    ]
    assert len(readme.peers(results).splitlines()) == 2
