# SPDX-License-Identifier: MIT
"""A picture of curves over a common axis, as SVG."""
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 180, 40, 48
# Told apart also by who sees no red or no green, and by their dashes.
STYLES = [("#0072b2", ""), ("#d55e00", ""), ("#009e73", "7 3"),
          ("#cc79a7", "2 3"), ("#56b4e9", "8 2 2 2")]


def step(span):
    """A round distance between lines, for four to ten of them."""
    unit = 1.0
    while unit * 10 <= span / 4:
        unit *= 10
    while unit > span / 4:
        unit /= 10
    for factor in (5, 2):
        if unit * factor <= span / 4:
            return unit * factor
    return unit


def ticks(low, high):
    by = step(high - low)
    first = -(-low // by)
    return [n * by for n in range(int(first), int(high / by + 1e-9) + 1)]


def number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".")


def write(path, title, xs, curves):
    """Writes {name: values at xs} to a file."""
    low = min(min(ys) for ys in curves.values())
    high = max(max(ys) for ys in curves.values())
    if high <= low:
        high = low + 1
    # Where all begin is of little interest.
    low = max(low, high - 1.6 * (high - min(
        ys[max(1, len(xs) // 20)] for ys in curves.values())))
    low = low if low < high else high - 1

    def at_x(x):
        return LEFT + (x - xs[0]) / (xs[-1] - xs[0]) * (WIDTH - LEFT - RIGHT)

    def at_y(y):
        part = (max(y, low) - low) / (high - low)
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="14">{escape(title)}</text>']
    for y in ticks(low, high):
        parts.append(
            f'<path d="M{LEFT} {at_y(y):.1f}H{WIDTH - RIGHT}" '
            f'stroke="#ddd"/><text x="{LEFT - 6}" y="{at_y(y) + 4:.1f}" '
            f'text-anchor="end">{number(y)}</text>')
    for x in ticks(xs[0], xs[-1]):
        parts.append(
            f'<path d="M{at_x(x):.1f} {HEIGHT - BOTTOM}v5" stroke="black"/>'
            f'<text x="{at_x(x):.1f}" y="{HEIGHT - BOTTOM + 20}" '
            f'text-anchor="middle">{number(x)}</text>')
    parts.append(f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" '
                 f'fill="none" stroke="black"/>')
    for i, (name, ys) in enumerate(curves.items()):
        colour, dash = STYLES[i % len(STYLES)]
        line = "L".join(f"{at_x(x):.1f} {at_y(y):.1f}"
                        for x, y in zip(xs, ys))
        style = f'stroke="{colour}" stroke-width="2" ' \
                f'stroke-dasharray="{dash}" fill="none"'
        y = TOP + 16 + 20 * i
        parts.append(f'<path d="M{line}" {style}/>')
        parts.append(f'<path d="M{WIDTH - RIGHT + 12} {y}h26" {style}/>'
                     f'<text x="{WIDTH - RIGHT + 44}" y="{y + 4}">'
                     f'{escape(name)}</text>')
    path.write_text("\n".join(parts) + "\n</svg>\n")
