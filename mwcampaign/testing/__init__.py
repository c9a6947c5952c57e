"""Suites and stand-ins by which adapters and ledgers are judged; shipped, because their authors need them too.

Test code may import it, and nothing else: `platform_contract` is the suite an adapter's test file joins, `proxy`
loses answers on demand, `samples` makes pictures and messages, `watch` notices clocks and sockets.
"""

from __future__ import annotations

import sys

if "pytest" in sys.modules:
    # A failing promise then shows its values in the test run of whoever joins the suite.
    sys.modules["pytest"].register_assert_rewrite("mwcampaign.testing.platform_contract", "mwcampaign.testing._faults")
