"""The teacher's screen: who may use it, what comes in, what is being read, and how it looks."""
