"""What people and programs touch. Knows `chatbot` and `knowledge` only by their nouns and by what is passed in."""
