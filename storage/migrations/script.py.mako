<%!
    def own(text):
        """Leave out what alembic says about itself."""
        return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("# ###")).strip()
%>"""${message}.

Version ${up_revision}, ${f"after {down_revision}" if down_revision else "the first"}.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${own(upgrades) if upgrades else "pass"}


def downgrade() -> None:
    ${own(downgrades) if downgrades else "pass"}
