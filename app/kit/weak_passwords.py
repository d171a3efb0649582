"""Passwords that are guessed first: common words, walks over keys, repetitions, decorated or not.

A list of leaked passwords would know only those; what people make of the same few hundred words,
years and rows of keys is recognised by its parts.
"""

import re
import unicodedata
from typing import Final

_TEXT: Final = """
    password passwort pass parol parole secret login admin administrator root user guest test demo
    default changeme change letmein welcome hello master super superuser system server service
    manager support office company business database backup windows microsoft apple google yandex
    mail email internet network computer notebook samsung iphone android facebook vkontakte
    telegram whatsapp football hockey soccer baseball basketball spartak zenit dinamo liverpool
    barcelona chelsea arsenal juventus ferrari mercedes porsche toyota lada honda yamaha
    monkey dragon tiger lion eagle wolf bear shadow sunshine princess prince queen king angel
    love lover iloveyou baby sweet honey flower rainbow summer winter spring autumn january
    february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday morning night happy lucky forever freedom star
    starwars matrix batman superman spiderman pokemon naruto hunter killer ninja samurai cowboy
    warrior soldier trooper michael jordan michelle jennifer jessica ashley daniel david robert
    thomas charlie george andrew alexander alexey sergey dmitry ivan ivanov petrov sidorov
    natasha olga elena marina svetlana tatiana anna maria katya nastya vladimir moscow moskva
    piter petersburg russia rossiya london paris berlin america canada qwerty asdf zxcv trustno
    access account public private mypassword pass word the my our your new old our
    one two three four five six seven eight nine zero
    buhgalter bukhgalter predpriyatie konfigurator podkluch klient vendor extension release
    пароль секрет админ администратор пользователь гость тест демо привет мастер сервер система
    директор бухгалтер бухгалтерия менеджер поддержка компания офис предприятие конфигуратор
    компьютер интернет почта яндекс москва питер россия спартак зенит динамо любовь люблю солнце
    солнышко зайка котик кошка собака тигр дракон ангел принцесса королева король звезда
    январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь весна лето
    осень зима понедельник вторник среда четверг пятница суббота воскресенье утро день ночь
    иван иванов петров сидоров сергей алексей андрей дмитрий александр владимир наташа ольга
    елена марина светлана татьяна анна мария катя настя самара казань победа свобода удача
    мой моя твой наш новый старый один два три четыре пять подключ клиент вендор расширение релиз
    """
_WORDS: Final = frozenset(_TEXT.split())
_LONGEST_WORD: Final = max(map(len, _WORDS))
_ROWS: Final = (
    "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz",
    "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "1q2w3e4r5t6y7u8i9o0p",
)  # fmt: skip
_LEET = str.maketrans("@$!013457", "asioieast")
_FEW: Final = 2
"""So many common words, with whatever digits and signs between them, are no secret."""
_SHORTEST_WALK: Final = 4


def is_common(password: str) -> bool:
    """Whether it is made of nothing but what everybody tries first."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    if re.fullmatch(r"(.{1,4})\1*.{0,3}", plain, re.DOTALL) and len(set(plain)) <= _SHORTEST_WALK:
        return True
    return _few_parts(plain)


def resembles(password: str, email: str) -> bool:
    """Whether it is the own address, or little more than its name."""
    plain, address = password.casefold().strip(), email.casefold()
    name = address.partition("@")[0]
    return plain == address or (name in plain and len(plain) - len(name) < len(name))


def _few_parts(text: str) -> bool:
    """Whether the text is signs, digits, walks and at most a few common words."""
    best: list[int | None] = [0] + [None] * len(text)
    for at in range(len(text)):
        here = best[at]
        if here is None:
            continue
        for length, cost in _parts(text, at):
            known = best[at + length]
            if known is None or here + cost < known:
                best[at + length] = here + cost
    words = best[len(text)]
    return words is not None and words <= _FEW


def _parts(text: str, at: int) -> list[tuple[int, int]]:
    """Lengths of what may begin here, and how much of a secret each is."""
    found = [(1, 0)] if not text[at].isalpha() else []
    for length in range(2, min(_LONGEST_WORD, len(text) - at) + 1):
        word = text[at : at + length]
        if word in _WORDS or word.translate(_LEET) in _WORDS:
            found.append((length, 1))
    for row in _ROWS:
        for line in (row, row[::-1]):
            walk = _walked(text, at, line)
            found += [(walk, 0)] if walk >= _SHORTEST_WALK else []
    return found


def _walked(text: str, at: int, line: str) -> int:
    """How many symbols from here follow each other on a row of keys."""
    start, length = line.find(text[at]), 0
    while 0 <= start + length < len(line) and at + length < len(text):
        if line[start + length] != text[at + length] or start < 0:
            break
        length += 1
    return length
