"""money, confidentiality and erasure.

Version 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval_route",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("kind", sqltypes.AutoString(), nullable=True),
        sa.Column("from_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sqltypes.AutoString(), nullable=True),
        sa.Column("person_ids", sa.JSON(), nullable=False),
        sa.Column("role", sqltypes.AutoString(), nullable=True),
        sa.Column("mode", sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('cost', 'plan', 'design', 'price', 'date', 'scope', 'purchase', 'access', 'custom')",
            name=op.f("ck_approval_route_kind"),
        ),
        sa.CheckConstraint("mode IN ('any', 'all', 'majority', 'order')", name=op.f("ck_approval_route_mode")),
        sa.CheckConstraint("role IN ('admin', 'lead', 'finance')", name=op.f("ck_approval_route_role")),
        sa.CheckConstraint("(from_minor IS NULL) = (currency IS NULL)", name=op.f("ck_approval_route_floor")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_approval_route_project_id_project")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_approval_route_workspace_id_workspace")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_route")),
    )
    with op.batch_alter_table("approval_route", schema=None) as batch_op:
        batch_op.create_index("ix_approval_route_alive", ["workspace_id", "archived_at"], unique=False)

    op.create_table(
        "benefit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sqltypes.AutoString(), nullable=False),
        sa.Column("note", sqltypes.AutoString(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_benefit_amount")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_benefit_author_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_benefit_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_benefit_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit")),
    )
    with op.batch_alter_table("benefit", schema=None) as batch_op:
        batch_op.create_index(
            "ix_benefit_project",
            ["workspace_id", "project_id"],
            unique=True,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )

    op.create_table(
        "budget",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("category", sqltypes.AutoString(), nullable=False),
        sa.Column("plan_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sqltypes.AutoString(), nullable=False),
        sa.Column("committed_minor", sa.BigInteger(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.Column("drawn_minor", sa.BigInteger(), nullable=False),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "category IN ('people', 'equipment', 'software', 'outsourcing', 'marketing', 'logistics', 'other')",
            name=op.f("ck_budget_category"),
        ),
        sa.CheckConstraint(
            "committed_minor >= 0 AND spent_minor >= 0 AND drawn_minor >= 0", name=op.f("ck_budget_sums")
        ),
        sa.CheckConstraint(
            "drawn_minor <= committed_minor AND drawn_minor <= spent_minor", name=op.f("ck_budget_drawn")
        ),
        sa.CheckConstraint("plan_minor > 0", name=op.f("ck_budget_plan")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_budget_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_budget_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget")),
    )
    with op.batch_alter_table("budget", schema=None) as batch_op:
        batch_op.create_index(
            "ix_budget_category",
            ["workspace_id", "project_id", "category"],
            unique=True,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )

    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("creator_id", sa.Integer(), nullable=False),
        sa.Column("state", sqltypes.AutoString(), nullable=False),
        sa.Column("through_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["creator_id"], ["person.id"], name=op.f("fk_erasure_creator_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_erasure_person_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_erasure_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_erasure_workspace_id_number")),
    )
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.create_index("ix_erasure_person", ["workspace_id", "person_id"], unique=False)
        batch_op.create_index("ix_erasure_state", ["workspace_id", "state", "id"], unique=False)

    op.create_table(
        "pricerule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("kind", sqltypes.AutoString(), nullable=False),
        sa.Column("product", sqltypes.AutoString(), nullable=True),
        sa.Column("key", sqltypes.AutoString(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sqltypes.AutoString(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'floor' OR key <> '' AND amount_minor > 0 AND currency IS NOT NULL",
            name=op.f("ck_pricerule_floor"),
        ),
        sa.CheckConstraint("kind <> 'stacking' OR percent BETWEEN 1 AND 99", name=op.f("ck_pricerule_stacking")),
        sa.CheckConstraint("kind <> 'testing' OR days >= 0", name=op.f("ck_pricerule_testing")),
        sa.CheckConstraint("kind IN ('floor', 'stacking', 'testing')", name=op.f("ck_pricerule_kind")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_pricerule_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_pricerule_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricerule")),
    )
    with op.batch_alter_table("pricerule", schema=None) as batch_op:
        batch_op.create_index(
            "ix_pricerule_once",
            ["workspace_id", "project_id", "kind", "key"],
            unique=True,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.create_index("ix_pricerule_place", ["workspace_id", "archived_at", "project_id"], unique=False)

    op.create_table(
        "commitment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("budget_id", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sqltypes.AutoString(), nullable=False),
        sa.Column("drawn_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount_minor > 0 AND drawn_minor >= 0 AND drawn_minor <= amount_minor", name=op.f("ck_commitment_amount")
        ),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_commitment_approval_id_approval")),
        sa.ForeignKeyConstraint(["budget_id"], ["budget.id"], name=op.f("fk_commitment_budget_id_budget")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_commitment_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_commitment_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint("workspace_id", "approval_id", name=op.f("uq_commitment_workspace_id_approval_id")),
    )
    with op.batch_alter_table("commitment", schema=None) as batch_op:
        batch_op.create_index("ix_commitment_budget", ["workspace_id", "budget_id"], unique=False)
        batch_op.create_index("ix_commitment_project", ["workspace_id", "project_id", "budget_id"], unique=False)

    op.create_table(
        "plan_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("budget_id", sa.Integer(), nullable=False),
        sa.Column("before_minor", sa.BigInteger(), nullable=True),
        sa.Column("after_minor", sa.BigInteger(), nullable=True),
        sa.Column("applied_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_plan_change_approval_id_approval")),
        sa.ForeignKeyConstraint(["budget_id"], ["budget.id"], name=op.f("fk_plan_change_budget_id_budget")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_plan_change_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_plan_change_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_change")),
        sa.UniqueConstraint("workspace_id", "approval_id", name=op.f("uq_plan_change_workspace_id_approval_id")),
    )
    with op.batch_alter_table("plan_change", schema=None) as batch_op:
        batch_op.create_index("ix_plan_change_project", ["workspace_id", "project_id", "id"], unique=False)

    op.create_table(
        "pricetrip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("subject", sqltypes.AutoString(), nullable=False),
        sa.Column("least", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("currency", sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_pricetrip_approval_id_approval")),
        sa.ForeignKeyConstraint(["rule_id"], ["pricerule.id"], name=op.f("fk_pricetrip_rule_id_pricerule")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_pricetrip_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricetrip")),
    )
    with op.batch_alter_table("pricetrip", schema=None) as batch_op:
        batch_op.create_index("ix_pricetrip_approval", ["workspace_id", "approval_id", "edition"], unique=False)

    op.create_table(
        "spend",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("budget_id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("note", sqltypes.AutoString(), nullable=False),
        sa.Column("receipt", sqltypes.AutoString(), nullable=True),
        sa.Column("creator_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_spend_amount")),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_spend_approval_id_approval")),
        sa.ForeignKeyConstraint(["budget_id"], ["budget.id"], name=op.f("fk_spend_budget_id_budget")),
        sa.ForeignKeyConstraint(["creator_id"], ["person.id"], name=op.f("fk_spend_creator_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_spend_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_spend_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_spend_workspace_id_number")),
    )
    with op.batch_alter_table("spend", schema=None) as batch_op:
        batch_op.create_index(
            "ix_spend_approval",
            ["workspace_id", "approval_id"],
            unique=False,
            sqlite_where=sa.text("approval_id IS NOT NULL"),
            postgresql_where=sa.text("approval_id IS NOT NULL"),
        )
        batch_op.create_index("ix_spend_budget", ["workspace_id", "budget_id"], unique=False)
        batch_op.create_index("ix_spend_project", ["workspace_id", "project_id", "number"], unique=False)

    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.add_column(sa.Column("note", sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("category", sqltypes.AutoString(), nullable=True))
        batch_op.add_column(
            sa.Column("is_confidential", sa.Boolean(), server_default=sa.text("(false)"), nullable=False)
        )
        batch_op.create_index(
            "ix_approval_confidential",
            ["workspace_id", "id"],
            unique=False,
            sqlite_where=sa.text("is_confidential IS true"),
            postgresql_where=sa.text("is_confidential IS true"),
        )
        batch_op.create_index("ix_approval_kind", ["workspace_id", "project_id", "kind", "number"], unique=False)
        batch_op.create_index(
            "ix_approval_task",
            ["workspace_id", "task_id", "number"],
            unique=False,
            sqlite_where=sa.text("task_id IS NOT NULL"),
            postgresql_where=sa.text("task_id IS NOT NULL"),
        )

    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_leaf", sqltypes.AutoString(), nullable=True))

    with op.batch_alter_table("away", schema=None) as batch_op:
        batch_op.add_column(sa.Column("limit_minor", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("limit_currency", sqltypes.AutoString(), nullable=True))

    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_chat_person_id_person"), "person", ["person_id"], ["id"])

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("is_confidential", sa.Boolean(), server_default=sa.text("(false)"), nullable=False)
        )
        batch_op.create_index(
            "ix_project_confidential",
            ["workspace_id", "id"],
            unique=False,
            sqlite_where=sa.text("is_confidential IS true"),
            postgresql_where=sa.text("is_confidential IS true"),
        )

    with op.batch_alter_table("signer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_required", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("is_confidential", sa.Boolean(), server_default=sa.text("(false)"), nullable=False)
        )
        batch_op.create_index(
            "ix_task_confidential",
            ["workspace_id", "id"],
            unique=False,
            sqlite_where=sa.text("is_confidential IS true"),
            postgresql_where=sa.text("is_confidential IS true"),
        )


def downgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_task_confidential",
            sqlite_where=sa.text("is_confidential IS true"),
            postgresql_where=sa.text("is_confidential IS true"),
        )
        batch_op.drop_column("is_confidential")

    with op.batch_alter_table("signer", schema=None) as batch_op:
        batch_op.drop_column("is_required")

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_project_confidential",
            sqlite_where=sa.text("is_confidential IS true"),
            postgresql_where=sa.text("is_confidential IS true"),
        )
        batch_op.drop_column("is_confidential")

    with op.batch_alter_table("chat", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_chat_person_id_person"), type_="foreignkey")
        batch_op.drop_column("person_id")

    with op.batch_alter_table("away", schema=None) as batch_op:
        batch_op.drop_column("limit_currency")
        batch_op.drop_column("limit_minor")

    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_column("erased_leaf")

    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_approval_task",
            sqlite_where=sa.text("task_id IS NOT NULL"),
            postgresql_where=sa.text("task_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_approval_kind")
        batch_op.drop_index(
            "ix_approval_confidential",
            sqlite_where=sa.text("is_confidential IS true"),
            postgresql_where=sa.text("is_confidential IS true"),
        )
        batch_op.drop_column("is_confidential")
        batch_op.drop_column("category")
        batch_op.drop_column("note")

    with op.batch_alter_table("spend", schema=None) as batch_op:
        batch_op.drop_index("ix_spend_project")
        batch_op.drop_index("ix_spend_budget")
        batch_op.drop_index(
            "ix_spend_approval",
            sqlite_where=sa.text("approval_id IS NOT NULL"),
            postgresql_where=sa.text("approval_id IS NOT NULL"),
        )

    op.drop_table("spend")
    with op.batch_alter_table("pricetrip", schema=None) as batch_op:
        batch_op.drop_index("ix_pricetrip_approval")

    op.drop_table("pricetrip")
    with op.batch_alter_table("plan_change", schema=None) as batch_op:
        batch_op.drop_index("ix_plan_change_project")

    op.drop_table("plan_change")
    with op.batch_alter_table("commitment", schema=None) as batch_op:
        batch_op.drop_index("ix_commitment_project")
        batch_op.drop_index("ix_commitment_budget")

    op.drop_table("commitment")
    with op.batch_alter_table("pricerule", schema=None) as batch_op:
        batch_op.drop_index("ix_pricerule_place")
        batch_op.drop_index(
            "ix_pricerule_once",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )

    op.drop_table("pricerule")
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.drop_index("ix_erasure_state")
        batch_op.drop_index("ix_erasure_person")

    op.drop_table("erasure")
    with op.batch_alter_table("budget", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_budget_category",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )

    op.drop_table("budget")
    with op.batch_alter_table("benefit", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_benefit_project",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )

    op.drop_table("benefit")
    with op.batch_alter_table("approval_route", schema=None) as batch_op:
        batch_op.drop_index("ix_approval_route_alive")

    op.drop_table("approval_route")
