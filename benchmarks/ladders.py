"""Problems on the sample course for ladders of hints, each with what gives its answer away, which the tutor never sees.

The rules of hints were made looking at LADDERS. HELD_OUT was written before the last of these rules and is only measured.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """`tells` finds the answer in a text that gives it away."""

    text: str
    tells: str


LADDERS = (
    Problem("A converging lens with f = 10 cm stands u = 15 cm from a candle. How far behind the lens is the sharp image?", r"\b30\b"),
    Problem("What is the part of the eye called where vision is sharpest?", r"(?i)\bfovea\b"),
    Problem("A telephoto lens has f = 300 mm and an opening of D = 75 mm. What is its f-number?", r"\b(?:4|4\.0)\b|f/4\b"),
    Problem("Why does a wet prism leak light?", r"(?i)smaller range|critical angle (?:is|becomes|gets) (?:larger|greater|bigger)|61"),
    Problem("Two lenses of +4.0 D and -1.5 D are put in contact. What is the power of both together?", r"2\.5"),
    Problem("How does the eye change its focus from a far to a near object?", r"(?i)ciliary|accommodation|more (?:strongly )?(?:curved|rounded)|thicker"),
    Problem("A concave mirror has R = 6.0 cm and a tooth stands at u = 2.0 cm. Where is the image?", r"-\s?6\b|−\s?6\b|\b6(?:\.0)?\s?cm behind"),
    Problem("Why does a lifeguard run along the beach first before swimming, and what principle of light is like this?", r"(?i)fermat|least time|quickest|shortest time"),
)  # fmt: skip
HELD_OUT = (
    Problem("What is the soft rim of a shadow called, from which a part of the lamp can still be seen?", r"(?i)penumbra"),
    Problem("What is the spreading of white light into its colours by a prism called?", r"(?i)dispersion"),
    Problem("Light in glass meets the surface to the air so obliquely that nothing of it gets out. What is this called?", r"(?i)total(?:ly)? (?:internal(?:ly)? )?reflect"),
    Problem("What is the error of a lens called by which each colour has its own focus?", r"(?i)chromatic"),
    Problem("Focused at which distance does a camera show everything sharp out to infinity? Give its name.", r"(?i)hyperfocal"),
    Problem("Which telescope shows an upright view without any prisms?", r"(?i)galile"),
    Problem("Who was the first to see bacteria, and through what?", r"(?i)leeuwenhoek|tiny single lens"),
    Problem("Why does a wet road look black to a driver at night?", r"(?i)mirrored|fills|forwards|away from the driver|specular"),
    Problem("Why are very large telescopes built with mirrors and not with lenses?", r"(?i)colou?r fringes|from behind|own weight|one perfect surface"),
    Problem("Why does a fish that looks up see the world only in a round window?", r"(?i)critical angle|totally reflect|total (?:internal )?reflection|\b97|48\.6"),
    Problem("A thin prism of glass with n = 1.50 has an apex angle of 6°. By how much does it turn light?", r"\b3(?:\.0)?\s*(?:°|\^|deg)"),
    Problem("Two lenses of +4.0 D and +6.0 D stand 10 cm apart. What is the power of both together?", r"7\.6"),
    Problem("A Kepler telescope has an objective of 900 mm and an eyepiece of 20 mm. How many times does it magnify?", r"\b45\b"),
    Problem("Light goes from glass with n = 1.60 into air. What is the critical angle?", r"\b38\b|38\.7"),
    Problem("A concave mirror has a radius of R = 90 cm. What is its focal length?", r"\b45\b"),
    Problem("A tree 12 m tall stands 40 m from a pinhole camera that is 20 cm deep. How tall is its image?", r"\b6(?:\.0)?\s*cm|0\.06"),
)  # fmt: skip
