from textkit import words


def test_words_in_order():
    assert words("One, two; three.") == ["One", "two", "three"]


def test_apostrophes_and_hyphens_join():
    assert words("it's state-of-the-art") == ["it's", "state-of-the-art"]


def test_no_words():
    assert words(" ... ") == []
