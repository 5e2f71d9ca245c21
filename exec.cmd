@rem package.json says exec, so that a signal for npm reaches Node and not a shell between them. cmd has no such word.
@%*
