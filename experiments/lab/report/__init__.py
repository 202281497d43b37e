"""What is shown of the results: the page, the findings of the documentation, and the findings of the README.

- `read`: what every claim has written
- `questions`: the questions with their answers in a sentence each
- `page`: the page, one file that needs no other, with `page.js` and `report.css`
- `playground`: the part of it that trains networks in the browser
- `findings`: the same as Markdown, for the documentation
- `readme`: what is generated in the README
"""
