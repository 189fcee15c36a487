"""Options that speak of other options: "all of the above", "both A and C", "the first two". Pure."""

from dataclasses import dataclass

# Options by their letters, in one case throughout: "A and a" are alleles.
_LATIN = ("(?-i:[A-E])", "(?-i:[a-e])")
_ROMAN = r"(?-i:I{1,3}|IV|V|i{1,3}|iv)"


@dataclass(frozen=True, slots=True)
class OptionWords:
    """A language's words as patterns, without the blanks around them.

    `many`: all, none, both, more than one. `between`: of, the, these. `option`: answer, option, statement, and what may
    stand in their place (the above, these). `right`: is correct, applies. `ordinal`: the first two. `joins`: and, or,
    nor, to. `before`: both, only, neither. `after`: only, together. `letters`: the alphabets that letter options.
    """

    many: str
    between: str
    option: str
    right: str
    ordinal: str
    joins: str
    before: str
    after: str
    letters: tuple[str, ...] = _LATIN


def others(words: OptionWords) -> str:
    """The pattern of a whole option that stands only beside the others.

    Words for options are needed somewhere: "none of the electrons" and "the first two amendments" are answers.
    """
    letters = "(?:" + "|".join(_listed(letter, words.joins, words.option) for letter in words.letters) + ")"
    letter = "|".join(words.letters)
    numbers = _listed(rf"(?:{_ROMAN}|[1-5])", words.joins, words.option)
    before, after = rf"(?:(?:{words.before}|{words.option}) )", rf" (?:{words.after})"
    right, end = rf"(?:,? {words.right})", r"\W*\Z"
    return (
        rf"\A{words.many}(?: {words.between})*(?: {words.option})+{right}?{end}"
        rf"|\A{words.many}(?: {words.between})*{right}{end}"
        rf"|\A{words.ordinal}(?: {words.option})+{right}?{end}"
        rf"|\A{before}*{letters}(?:{after})?{right}?{end}"
        rf"|\A{before}+\(?(?:{letter})\)?{right}?{end}"
        # Two numbers may be the roots of an equation: here a word must say that they are options.
        rf"|\A{before}+{numbers}(?:{after})?{right}?{end}|\A{numbers}(?:{after}{right}?|{right}){end}"
    )


def _listed(one: str, joins: str, option: str) -> str:
    one = rf"\(?(?:{one})\)?"
    return rf"{one}(?:(?:, ?|/|,? (?:{joins}) ?)(?:{option} )?{one})+"
