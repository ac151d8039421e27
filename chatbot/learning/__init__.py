"""Teaching: what a learner knows, what comes next, questions and their grading. Knows no screen and no chat."""
