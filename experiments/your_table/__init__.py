"""Is a network the right tool for your own table, and how sure is that?

right_tool         your table, described; a network against linear models, forest and boosting; the network as files
against_search     networks chosen by one sweep against scikit-learn's searches, at equal trials and at equal seconds
against_peers      the same against RealMLP and TabM, at all defaults; needs the extra `peers`; runs if named in full

    python -m experiments your_table prices.csv --target price                       # is short for
    python -m experiments your_table.right_tool --data prices.csv --target price
    python -m experiments your_table predict results/quick/your_table/right_tool new.csv
"""

CLAIMS = ("right_tool", "against_search", "against_peers")
ON_REQUEST = ("against_peers",)
DATA = "right_tool"  # the claim that a file is meant for: `your_table prices.csv` is `your_table.right_tool --data ...`
COMMANDS = ("predict",)  # one module each, beside the claims
