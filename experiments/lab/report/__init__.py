"""Pages that people look at: the playground, in which networks train in the browser. See `page`."""
