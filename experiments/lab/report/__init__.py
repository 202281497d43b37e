"""The page of the results, and their numbers in README and documentation.

What reads:

- `read`: what every claim has written; what is missing or damaged hides nothing else
- `measured_again`: what findings say of replications

The page, `results/index.html`, is one file that needs no other:

- `index`: puts its parts together; `report.css` is its style
- `questions`: the textbook's questions, as texts with places for numbers
- `answers`: the questions with their answers
- `playground`: a part that trains networks in the browser. Its files are in the folder of that name: `network.js`
  computes what nnjax computes, `tasks.js` has the data, `crowd.js` trains a hundred networks in a worker, `draw.js`
  draws, `settings.js` has what can be chosen, `views.js` what is seen of a run, and `app.js` does what users ask for
- `explorer`: draws the tables of the claims, with `explorer.js`
- `board`: a row for every statement, and every experiment with its settings; `board.js` filters and sorts

Numbers elsewhere:

- `fill`: fills the places `{{ ... }}` of the documentation's pages, and tells a verdict's number with its interval
- `findings`: the Markdown of those pages: the claims of a topic, tables, figures
- `readme`: the tables and sentences of the README
"""
