# Home Assistant aliases voluptuous to probatio at run time: mypy is told so.
from probatio import *
