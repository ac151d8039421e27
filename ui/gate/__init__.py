"""Who may use the server, and how much: origins of course pages, sessions of students, keys of programs, quotas."""
