"""Figures 1 to 5 of the reader: the pinhole, mirrors, refraction and total internal reflection."""

import numpy as np
from house import INK, PALE, SOFT, TEAL, WARM, WATER, arrow, axis_line, backwards, dot, eye, ray, say, sheet
from matplotlib.patches import Arc, Ellipse, Rectangle
from optics import critical_angle, heading, image_distance, refracted

WIDTH = 140


def tree(axes, x, base, height, upright=True, faded=False):
    sign = 1 if upright else -1
    alpha = 0.55 if faded else 1
    width = height * 0.035
    axes.add_patch(Rectangle((x - width, base), 2 * width, sign * height * 0.45, fc="#8a6a4f", ec="none", alpha=alpha, zorder=3))
    axes.add_patch(Ellipse((x, base + sign * height * 0.66), height * 0.42, height * 0.68, fc="#5d8f6b", ec="none", alpha=alpha, zorder=4))


def pinhole():
    figure, axes = sheet(WIDTH, 52, (-60, 30), None)
    hole, depth, distance = (0.0, 1.0), 20.0, 50.0
    top, base = 12.0, -9.0

    def on_screen(y):
        return hole[1] - (y - hole[1]) * depth / distance

    tree(axes, -distance, base, top - base)
    axes.add_patch(Rectangle((0, -11), depth, 24, fc="#f1f3f4", ec="none", zorder=0))
    for xs, ys in (((0, depth), (13, 13)), ((0, depth), (-11, -11)), ((0, 0), (-11, hole[1] - 0.4)), ((0, 0), (hole[1] + 0.4, 13))):
        axes.plot(xs, ys, color=INK, lw=1.6, zorder=5)
    axes.plot([depth, depth], [-11, 13], color=SOFT, lw=3, zorder=5)
    for y, color in ((top, TEAL), (base, WARM)):
        ray(axes, (-distance, y), hole, color=color, heads=(0.5,))
        ray(axes, hole, (depth, on_screen(y)), color=color, heads=(0.6,))
    tree(axes, depth - 0.8, on_screen(base), abs(on_screen(top) - on_screen(base)), upright=False, faded=True)
    say(axes, -4.2, -9.2, "pinhole")
    axes.plot([-2.6, -0.3], [-7.6, 0.2], color=SOFT, lw=0.6)
    say(axes, 21.6, 11.3, "screen", ha="left")
    say(axes, 21.8, 2.2, "image", ha="left")
    say(axes, -50, -11.6, "object")
    return figure


def plane_mirror():
    figure, axes = sheet(WIDTH, 60, (0, 70), (-15, 15))
    foot = np.array((15.0, -9.0))
    axes.add_patch(Rectangle((2, -10.4), 26, 1.4, fc=PALE, ec="#93a1a8", hatch="////", lw=0))
    axes.plot([2, 28], [-9, -9], color=INK, lw=1.6)
    axes.plot([15, 15], [-9, 10.5], color=SOFT, lw=0.8, ls=(0, (4, 3)))
    angle, length = 40, 19
    left = foot + length * np.array((-np.sin(np.radians(angle)), np.cos(np.radians(angle))))
    right = foot + length * np.array((np.sin(np.radians(angle)), np.cos(np.radians(angle))))
    ray(axes, left, foot, right)
    axes.add_patch(Arc(foot, 11, 11, theta1=90, theta2=90 + angle, color=INK, lw=0.8))
    axes.add_patch(Arc(foot, 13, 13, theta1=90 - angle, theta2=90, color=INK, lw=0.8))
    say(axes, 12.6, -1.4, "$i$", size=11)
    say(axes, 17.6, -0.6, "$r$", size=11)
    say(axes, 15, 11.7, "normal", color=SOFT)
    say(axes, left[0] + 2.4, left[1] + 1.6, "incident ray")
    say(axes, right[0] - 2.0, right[1] + 1.6, "reflected ray")
    say(axes, 3, 13.3, "A", bold=True, size=10)

    x0, candle, look = 52.0, (40.0, 6.0), (37.8, -8.2)
    image = (2 * x0 - candle[0], candle[1])
    axes.add_patch(Rectangle((x0, -13), 1.2, 25.5, fc=PALE, ec="#93a1a8", hatch="////", lw=0))
    axes.plot([x0, x0], [-13, 12.5], color=INK, lw=1.6)
    for y in (look[1] - 0.8, look[1] + 0.9):
        pupil = (look[0], y)
        share = (x0 - pupil[0]) / (image[0] - pupil[0])
        hit = (x0, y + share * (image[1] - y))
        ray(axes, candle, hit, pupil, heads=(0.55,))
        backwards(axes, hit, image)
    dot(axes, *candle, "object", dy=1.9)
    dot(axes, *image, "virtual image", dy=1.9, color=WARM, background="white")
    eye(axes, 35.6, look[1] - 0.4, size=1.7, facing=1)
    axes.plot([candle[0], image[0]], [candle[1]] * 2, color=SOFT, lw=0.6, ls=(0, (1, 2)))
    say(axes, 46, 6.1, "$d$", size=11, background="white")
    say(axes, 58, 6.1, "$d$", size=11, background="white")
    say(axes, 55.2, -12, "mirror", ha="left")
    say(axes, 36, 13.3, "B", bold=True, size=10)
    return figure


def concave_mirror(f=10.0, u=25.0, height=3.0):
    figure, axes = sheet(WIDTH, 56, (-30, 4), (-4.2, 4.6))
    v = image_distance(u, f)
    tip, image = (-u, height), (-v, -height * v / u)

    def surface(y):
        return -y * y / (4 * f)

    y = np.linspace(-3.8, 4.1, 50)
    axes.fill(np.r_[surface(y), surface(y)[::-1] + 0.55], np.r_[y, y[::-1]], fc=PALE, ec="#93a1a8", hatch="////", lw=0)
    axes.plot(surface(y), y, color=INK, lw=1.8, zorder=4)
    axis_line(axes, -29.5, 2.5)
    through_f = height * f / (f - u)   # the height at which the ray through F meets the mirror
    for hit_y in (height, through_f):
        hit = (surface(hit_y), hit_y)
        end = np.array(image) + 0.28 * (np.array(image) - hit)
        ray(axes, tip, hit, heads=(0.5,))
        ray(axes, hit, end, heads=(0.42,))
    pole = (0.0, 0.0)
    end = np.array(image) + 0.28 * (np.array(image) - pole)
    ray(axes, tip, pole, color="#5aa39d", heads=(0.5,))
    ray(axes, pole, end, color="#5aa39d", heads=(0.42,))
    arrow(axes, -u, height)
    arrow(axes, -v, image[1], color=WARM)
    for x, name in ((-2 * f, "C"), (-f, "F"), (0, "P")):
        dot(axes, x)
        say(axes, x + (1.0 if name == "P" else 0), 0.75 if name == "F" else -0.45, name, bold=True, size=10)
    say(axes, -u, height + 0.42, "object")
    say(axes, -v + 0.5, image[1] - 0.45, "image", color=WARM, ha="left")
    say(axes, 1.1, 3.1, "concave\nmirror", ha="left")
    return figure


def refraction():
    figure, axes = sheet(WIDTH, 66, (-35, 35), None)
    axes.add_patch(Rectangle((-35, -17), 70, 17, fc=WATER, ec="none", zorder=0))
    axes.plot([-35, 35], [0, 0], color=TEAL, lw=1)
    axes.plot([0, 0], [-15, 15], color=SOFT, lw=0.8, ls=(0, (4, 3)))
    i = 60.0
    r = refracted(i, 1.0, 1.333)
    start = 19 * np.array((-np.sin(np.radians(i)), np.cos(np.radians(i))))
    end = 19 * np.array((np.sin(np.radians(r)), -np.cos(np.radians(r))))
    ray(axes, start, (0, 0), end)
    mirrored = 15 * np.array((np.sin(np.radians(i)), np.cos(np.radians(i))))
    ray(axes, (0, 0), mirrored, color="#9cc9c5", width=0.8)
    backwards(axes, (0, 0), -start * 0.8)
    axes.add_patch(Arc((0, 0), 14, 14, theta1=90, theta2=90 + i, color=INK, lw=0.8))
    axes.add_patch(Arc((0, 0), 16, 16, theta1=270, theta2=270 + r, color=INK, lw=0.8))
    say(axes, -5.3, 9.5, r"$\theta_1$ = 60°", size=10)
    say(axes, 4.8, -11.4, rf"$\theta_2$ = {r:.1f}°", size=10)
    say(axes, 0.8, 14.4, "normal", color=SOFT, ha="left")
    say(axes, -16.5, 11.2, "incident ray")
    say(axes, 14.8, -13.6, "refracted ray", ha="left")
    say(axes, 14.5, 8.4, "weak reflected ray", ha="left", color=SOFT)
    say(axes, -33.5, 2.0, "air, $n$ = 1.00", ha="left")
    say(axes, -33.5, -2.2, "water, $n$ = 1.333", ha="left")
    return figure


def total_reflection():
    figure, axes = sheet(WIDTH, 62, (-31, 39), None)
    axes.add_patch(Rectangle((-31, -16), 70, 16, fc=WATER, ec="none", zorder=0))
    axes.plot([-31, 39], [0, 0], color=TEAL, lw=1)
    lamp = np.array((-14.0, -12.0))
    axes.plot(*lamp, "o", ms=8, color=WARM, zorder=6)
    critical = critical_angle(1.333)
    for angle, color in ((30.0, TEAL), (critical, WARM), (60.0, INK)):
        hit = (lamp[0] - lamp[1] * np.tan(np.radians(angle)), 0.0)
        axes.plot([hit[0]] * 2, [-3.5, 3.5], color=SOFT, lw=0.7, ls=(0, (3, 3)))
        ray(axes, lamp, hit, color=color)
        axes.add_patch(Arc(hit, 5, 5, theta1=270 - angle, theta2=270, color=color, lw=0.8))
        out = refracted(angle, 1.333, 1.0)
        if angle == critical:
            ray(axes, hit, (hit[0] + 16, 0.12), color=color)
        elif out:
            ray(axes, hit, (hit[0] + 13 * np.sin(np.radians(out)), 13 * np.cos(np.radians(out))), color=color)
        else:
            ray(axes, hit, (hit[0] + 20 * np.sin(np.radians(angle)), -20 * np.cos(np.radians(angle))), color=color)
    say(axes, -17.2, -12.2, "lamp", ha="right")
    say(axes, -6.5, -2.0, "30°", ha="left", color=TEAL)
    say(axes, 2.6, 7.6, f"leaves at {refracted(30, 1.333, 1.0):.1f}°", ha="left", color=TEAL)
    say(axes, -0.1, -1.5, f"{critical:.1f}°", ha="left", color=WARM)
    say(axes, 8.4, 1.9, "critical angle: the ray grazes the surface", ha="left", color=WARM, background="white")
    say(axes, 7.3, -2.7, "60°", ha="left")
    say(axes, 19.5, -6.2, "totally reflected", ha="left")
    say(axes, -29.5, 1.9, "air", ha="left")
    say(axes, -29.5, -2.1, "water", ha="left")
    return figure


FIGURES = {"pinhole": pinhole, "plane-mirror": plane_mirror, "concave-mirror": concave_mirror, "refraction": refraction,
           "total-reflection": total_reflection}
