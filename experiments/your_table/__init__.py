"""Is a network the right tool for your own table, and how sure is that?

python -m experiments your_table prices.csv --target price       # is short for
python -m experiments your_table.right_tool --data prices.csv --target price
python -m experiments your_table predict results/quick/your_table/right_tool new.csv
python -m experiments your_table benchmark
"""

CLAIMS = ("right_tool",)
FILE = "right_tool"  # the claim that a file is meant for
COMMANDS = ("predict", "benchmark")  # modules beside the claim
