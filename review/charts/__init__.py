"""Pure: pictures from numbers. Each is an SVG of our own making and the same numbers as a table (`picture.Picture`).

Widths are shares of whatever room the page gives, heights and letters are pixels: nothing is scaled, so a picture reads
the same on a telephone. Colours are classes of css/charts.css; none of them says anything that is not also said in words,
by a shape or by a number.
"""
