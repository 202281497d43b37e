"""Pages that people look at: `index`, the page of the results, and in it the playground of `page`."""
