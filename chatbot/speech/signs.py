"""Signs, letters and units with their words: (English, Chinese). Knows nothing of how formulas are built."""

from __future__ import annotations

# Each entry: LaTeX command or character -> (English, Chinese).
OPERATORS = {
    "=": ("equals", "等于"), "+": ("plus", "加"), "-": ("minus", "减"), "−": ("minus", "减"), "*": ("times", "乘以"),
    "\\times": ("times", "乘以"), "×": ("times", "乘以"), "\\cdot": ("times", "乘以"), "·": ("times", "乘以"),
    "\\div": ("divided by", "除以"), "÷": ("divided by", "除以"), "\\pm": ("plus or minus", "正负"),
    "±": ("plus or minus", "正负"), "\\approx": ("is approximately", "约等于"), "≈": ("is approximately", "约等于"),
    "\\neq": ("is not equal to", "不等于"), "\\ne": ("is not equal to", "不等于"), "≠": ("is not equal to", "不等于"),
    "<": ("is less than", "小于"), ">": ("is greater than", "大于"), "\\le": ("is at most", "小于等于"),
    "\\leq": ("is at most", "小于等于"), "≤": ("is at most", "小于等于"), "\\ge": ("is at least", "大于等于"),
    "\\geq": ("is at least", "大于等于"), "≥": ("is at least", "大于等于"), "\\to": ("to", "趋于"), "→": ("to", "到"),
    "\\rightarrow": ("to", "到"), "\\Rightarrow": ("implies", "推出"), "\\propto": ("is proportional to", "正比于"),
    "∝": ("is proportional to", "正比于"), "\\in": ("in", "属于"), "∈": ("in", "属于"), "\\infty": ("infinity", "无穷大"),
    "∞": ("infinity", "无穷大"),
    "\\partial": ("partial", "偏"), "\\nabla": ("nabla", "梯度"), "|": ("bar", "竖线"),
    "∂": ("partial", "偏"), "∇": ("nabla", "梯度"), "\\mid": ("given", "在给定"), "\\lt": ("is less than", "小于"),
    "\\gt": ("is greater than", "大于"), "\\ll": ("is much less than", "远小于"), "\\gg": ("is much greater than", "远大于"),
    "\\equiv": ("is equivalent to", "恒等于"), "≡": ("is equivalent to", "恒等于"), "\\sim": ("is distributed as", "相似于"),
    "\\simeq": ("is approximately", "约等于"), "\\cong": ("is congruent to", "全等于"), "\\mp": ("minus or plus", "负正"),
    "\\leftarrow": ("from", "来自"), "\\gets": ("becomes", "赋值为"), "\\mapsto": ("maps to", "映射到"),
    "\\longrightarrow": ("to", "到"), "\\leftrightarrow": ("is equivalent to", "等价于"), "⇒": ("implies", "推出"),
    "\\implies": ("implies", "推出"), "\\Leftrightarrow": ("if and only if", "当且仅当"), "\\iff": ("if and only if", "当且仅当"),
    "⇔": ("if and only if", "当且仅当"), "\\notin": ("not in", "不属于"), "∉": ("not in", "不属于"),
    "\\subset": ("is a subset of", "包含于"), "\\subseteq": ("is a subset of", "包含于"), "⊂": ("is a subset of", "包含于"),
    "\\cup": ("union", "并"), "∪": ("union", "并"), "\\cap": ("intersection", "交"), "∩": ("intersection", "交"),
    "\\emptyset": ("the empty set", "空集"), "∅": ("the empty set", "空集"), "\\setminus": ("without", "减去"),
    "\\forall": ("for all", "对任意"), "∀": ("for all", "对任意"), "\\exists": ("there exists", "存在"), "∃": ("there exists", "存在"),
    "\\neg": ("not", "非"), "¬": ("not", "非"), "\\land": ("and", "与"), "\\wedge": ("and", "与"), "∧": ("and", "与"),
    "\\lor": ("or", "或"), "\\vee": ("or", "或"), "∨": ("or", "或"), "\\oplus": ("direct sum", "直和"), "⊕": ("direct sum", "直和"),
    "\\otimes": ("tensor", "张量积"), "⊗": ("tensor", "张量积"), "\\circ": ("composed with", "复合"), "\\ast": ("star", "星"),
    "\\perp": ("is perpendicular to", "垂直于"), "⊥": ("is perpendicular to", "垂直于"),
    "\\parallel": ("is parallel to", "平行于"), "∥": ("is parallel to", "平行于"), "\\angle": ("angle", "角"), "∠": ("angle", "角"),
    "\\triangle": ("triangle", "三角形"), "△": ("triangle", "三角形"), "\\dagger": ("dagger", "共轭转置"),
    "\\colon": ("such that", "使得"), "\\prime": ("prime", "撇"), "\\ell": ("l", "l"), "\\degree": ("degrees", "度"),
    "\\therefore": ("therefore", "所以"), "∴": ("therefore", "所以"), "\\because": ("because", "因为"), "∵": ("because", "因为"),
    "\\dots": ("and so on", "等等"), "\\ldots": ("and so on", "等等"), "\\cdots": ("and so on", "等等"),
    "\\vdots": ("and so on", "等等"), "\\ddots": ("and so on", "等等"), "…": ("and so on", "等等"), "⋯": ("and so on", "等等"),
    "\\#": ("number", "号"), "\\&": ("and", "和"), "%": ("percent", "百分之"), "\\%": ("percent", "百分之"),
}  # fmt: skip
FUNCTIONS = {
    "\\sin": ("sine", "正弦"), "\\cos": ("cosine", "余弦"), "\\tan": ("tangent", "正切"), "\\log": ("log", "对数"),
    "\\ln": ("natural log", "自然对数"), "\\exp": ("the exponential of", "指数"), "\\arcsin": ("arc sine", "反正弦"),
    "\\arccos": ("arc cosine", "反余弦"), "\\arctan": ("arc tangent", "反正切"), "\\max": ("max", "最大值"),
    "\\min": ("min", "最小值"),
    "\\sinh": ("hyperbolic sine", "双曲正弦"), "\\cosh": ("hyperbolic cosine", "双曲余弦"),
    "\\tanh": ("hyperbolic tangent", "双曲正切"), "\\cot": ("cotangent", "余切"), "\\sec": ("secant", "正割"),
    "\\csc": ("cosecant", "余割"), "\\lg": ("log", "对数"), "\\det": ("the determinant of", "行列式"), "\\dim": ("the dimension of", "维数"),
    "\\arg": ("the argument of", "辐角"), "\\gcd": ("greatest common divisor", "最大公约数"), "\\ker": ("the kernel of", "核"),
    "\\Pr": ("the probability of", "概率"), "\\mod": ("mod", "模"), "\\bmod": ("mod", "模"), "\\pmod": ("mod", "模"),
}  # fmt: skip
BIG = {
    "\\sum": ("the sum", "求和"),
    "\\int": ("the integral", "积分"),
    "\\prod": ("the product", "连乘"),
    "\\lim": ("the limit", "极限"),
    "\\iint": ("the double integral", "二重积分"),
    "\\oint": ("the closed integral", "环路积分"),
    "\\bigcup": ("the union", "并集"),
    "\\bigcap": ("the intersection", "交集"),
    "\\sup": ("the supremum", "上确界"),
    "\\inf": ("the infimum", "下确界"),
    "∑": ("the sum", "求和"),
    "∫": ("the integral", "积分"),
    "∏": ("the product", "连乘"),
}
_LETTERS = """
    α alpha 阿尔法, β beta 贝塔, γ gamma 伽马, δ delta 德尔塔, ε epsilon 艾普西隆, ϵ epsilon 艾普西隆, ζ zeta zeta, η eta 伊塔,
    θ theta 西塔, ι iota iota, κ kappa 卡帕, λ lambda 兰姆达, μ mu 缪, ν nu 纽, ξ xi 克西, π pi 派, ρ rho 柔, σ sigma 西格玛,
    τ tau 陶, υ upsilon upsilon, φ phi 斐, ϕ phi 斐, χ chi 希, ψ psi 普西, ω omega 欧米伽, Δ Delta 德尔塔, Γ Gamma 伽马,
    Θ Theta 西塔, Λ Lambda 兰姆达, Σ Sigma 西格玛, Φ Phi 斐, Ψ Psi 普西, Ω Omega 欧米伽"""
GREEK = {letter: (en, zh) for letter, en, zh in (entry.split() for entry in _LETTERS.split(","))}
GREEK_NAMES = {f"\\{words[0]}": words for words in GREEK.values()}
GREEK_NAMES |= {"\\varphi": GREEK["φ"], "\\varepsilon": GREEK["ε"], "\\hbar": ("h bar", "h 拔")}
UNITS = {
    "km/h": ("kilometers per hour", "千米每小时"), "m/s^2": ("meters per second squared", "米每二次方秒"),
    "m/s²": ("meters per second squared", "米每二次方秒"), "m/s": ("meters per second", "米每秒"), "km": ("kilometers", "千米"),
    "cm": ("centimeters", "厘米"), "mm": ("millimeters", "毫米"), "nm": ("nanometers", "纳米"), "µm": ("micrometers", "微米"),
    "μm": ("micrometers", "微米"), "kg": ("kilograms", "千克"), "mg": ("milligrams", "毫克"), "ms": ("milliseconds", "毫秒"),
    "kHz": ("kilohertz", "千赫"), "MHz": ("megahertz", "兆赫"), "GHz": ("gigahertz", "吉赫"), "Hz": ("hertz", "赫兹"),
    "°C": ("degrees Celsius", "摄氏度"), "°F": ("degrees Fahrenheit", "华氏度"), "°": ("degrees", "度"), "%": ("percent", "百分之"),
    "m": ("meters", "米"), "s": ("seconds", "秒"), "g": ("grams", "克"), "N": ("newtons", "牛"), "J": ("joules", "焦"),
    "mL": ("milliliters", "毫升"), "ml": ("milliliters", "毫升"), "L": ("liters", "升"), "µg": ("micrograms", "微克"),
    "μs": ("microseconds", "微秒"), "µs": ("microseconds", "微秒"), "ns": ("nanoseconds", "纳秒"), "kPa": ("kilopascals", "千帕"),
    "Pa": ("pascals", "帕"), "kJ": ("kilojoules", "千焦"), "kWh": ("kilowatt hours", "千瓦时"), "kW": ("kilowatts", "千瓦"),
    "mW": ("milliwatts", "毫瓦"), "MW": ("megawatts", "兆瓦"), "mV": ("millivolts", "毫伏"), "kV": ("kilovolts", "千伏"),
    "mA": ("milliamperes", "毫安"), "kΩ": ("kiloohms", "千欧"), "Ω": ("ohms", "欧姆"), "dB": ("decibels", "分贝"),
    "eV": ("electron volts", "电子伏"), "KB": ("kilobytes", "千字节"), "MB": ("megabytes", "兆字节"), "GB": ("gigabytes", "吉字节"),
    "TB": ("terabytes", "太字节"), "mol": ("moles", "摩尔"), "m²": ("square meters", "平方米"), "m³": ("cubic meters", "立方米"),
    "cm²": ("square centimeters", "平方厘米"), "cm³": ("cubic centimeters", "立方厘米"), "km²": ("square kilometers", "平方千米"),
    "W": ("watts", "瓦"), "V": ("volts", "伏"), "K": ("kelvin", "开"),
}  # fmt: skip
WORDS = {
    "sub": ("sub", "下标"), "squared": ("squared", "的平方"), "cubed": ("cubed", "的立方"), "degrees": ("degrees", "度"),
    "prime": ("prime", "撇"), "vector": ("vector", "向量"), "choose": ("choose", "选"), "root": ("the root of order", "次根号"),
}  # fmt: skip

# Marks set over a letter, said behind it.
ACCENTS = {
    "\\hat": ("hat", "尖"), "\\widehat": ("hat", "尖"), "\\bar": ("bar", "拔"), "\\overline": ("bar", "拔"),
    "\\tilde": ("tilde", "波浪"), "\\widetilde": ("tilde", "波浪"), "\\dot": ("dot", "一点"), "\\ddot": ("double dot", "两点"),
    "\\breve": ("breve", "短音"), "\\check": ("check", "勾"),
}  # fmt: skip
OPERATOR_WORDS = tuple(frozenset(words[language] for words in OPERATORS.values()) for language in (0, 1))
