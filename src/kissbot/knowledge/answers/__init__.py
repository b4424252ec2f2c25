"""Short, honest answers: what is asked, who answers, and what may be said of it."""
