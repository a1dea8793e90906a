"""money, confidentiality and erasure.

Version 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.create_index("ix_approval_kind", ["workspace_id", "project_id", "kind", "number"], unique=False)

    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_chat_person_id_person"), "person", ["person_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_chat_person_id_person"), type_="foreignkey")
        batch_op.drop_column("person_id")

    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.drop_index("ix_approval_kind")
