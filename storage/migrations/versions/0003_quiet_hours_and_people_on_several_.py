"""quiet hours, and people on several platforms.

Version 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_audit_seal_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_audit_seal_workspace_id_number")),
    )
    op.create_table(
        "approvallimit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_approvallimit_project_id_project")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_approvallimit_workspace_id_workspace")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvallimit")),
        sa.UniqueConstraint("workspace_id", "project_id", name=op.f("uq_approvallimit_workspace_id_project_id")),
    )
    op.create_table(
        "linking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("digest", sqltypes.AutoString(), nullable=True),
        sa.Column("other_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("closed_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_linking_other_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_linking_person_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_linking_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_linking")),
    )
    with op.batch_alter_table("linking", schema=None) as batch_op:
        batch_op.create_index("ix_linking_asker", ["workspace_id", "person_id", "closed_at"], unique=False)
        batch_op.create_index("ix_linking_digest", ["workspace_id", "digest"], unique=False)
        batch_op.create_index("ix_linking_other", ["workspace_id", "other_id", "closed_at"], unique=False)

    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.Integer(), nullable=False),
        sa.Column("creator_id", sa.Integer(), nullable=False),
        sa.Column("since", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("until", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_campaign_chat_id_chat")),
        sa.ForeignKeyConstraint(["creator_id"], ["person.id"], name=op.f("fk_campaign_creator_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_campaign_project_id_project")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_campaign_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.create_index("ix_campaign_project", ["workspace_id", "project_id", "until"], unique=False)
        batch_op.create_index("ix_campaign_until", ["workspace_id", "archived_at", "until"], unique=False)

    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("requester_id", sa.Integer(), nullable=False),
        sa.Column("editor_id", sa.Integer(), nullable=False),
        sa.Column("kind", sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqltypes.AutoString(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sqltypes.AutoString(), nullable=True),
        sa.Column("asked_minor", sa.BigInteger(), nullable=True),
        sa.Column("mode", sqltypes.AutoString(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("edited_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("asked_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("deadline_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("state", sqltypes.AutoString(), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("closed_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("closed_for", sa.Integer(), nullable=True),
        sa.Column("closed_on", sqltypes.AutoString(), nullable=True),
        sa.Column("reason", sqltypes.AutoString(), nullable=True),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("urged_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'pending') = (closed_at IS NULL)", name=op.f("ck_approval_closed")),
        sa.CheckConstraint(
            "kind IN ('cost', 'plan', 'design', 'price', 'date', 'scope', 'purchase', 'access', 'custom')",
            name=op.f("ck_approval_kind"),
        ),
        sa.CheckConstraint("mode IN ('any', 'all', 'majority', 'order')", name=op.f("ck_approval_mode")),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'rejected', 'returned', 'expired', 'withdrawn')",
            name=op.f("ck_approval_state"),
        ),
        sa.CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name=op.f("ck_approval_money")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_approval_amount")),
        sa.CheckConstraint("asked_minor > 0", name=op.f("ck_approval_asked")),
        sa.CheckConstraint("edition > 0 AND quorum > 0", name=op.f("ck_approval_counts")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_approval_closed_by_person")),
        sa.ForeignKeyConstraint(["closed_for"], ["person.id"], name=op.f("fk_approval_closed_for_person")),
        sa.ForeignKeyConstraint(["editor_id"], ["person.id"], name=op.f("fk_approval_editor_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_approval_project_id_project")),
        sa.ForeignKeyConstraint(["requester_id"], ["person.id"], name=op.f("fk_approval_requester_id_person")),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_approval_schedule_id_schedule")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_approval_task_id_task")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_approval_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_approval_workspace_id_number")),
    )
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.create_index("ix_approval_project", ["workspace_id", "project_id", "state"], unique=False)
        batch_op.create_index("ix_approval_requester", ["workspace_id", "requester_id", "number"], unique=False)
        batch_op.create_index("ix_approval_state", ["workspace_id", "state", "number"], unique=False)

    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("cause", sqltypes.AutoString(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("muted_until", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_proposal_person_id_person")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_proposal_task_id_task")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_proposal_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_proposal_muted",
            ["workspace_id", "muted_until"],
            unique=False,
            sqlite_where=sa.text("muted_until IS NOT NULL"),
            postgresql_where=sa.text("muted_until IS NOT NULL"),
        )
        batch_op.create_index("ix_proposal_task", ["workspace_id", "task_id"], unique=False)

    op.create_table(
        "risk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("title", sqltypes.AutoString(), nullable=False),
        sa.Column("category", sqltypes.AutoString(), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("probability", sa.Integer(), nullable=False),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("score_before", sa.Integer(), nullable=True),
        sa.Column("strategy", sqltypes.AutoString(), nullable=True),
        sa.Column("plan", sqltypes.AutoString(), nullable=True),
        sa.Column("plan_when", sqltypes.AutoString(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("creator_id", sa.Integer(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("assessed_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("assessed_by", sa.Integer(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("review_days", sa.Integer(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("closed_for", sqltypes.AutoString(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["assessed_by"], ["person.id"], name=op.f("fk_risk_assessed_by_person")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_risk_closed_by_person")),
        sa.ForeignKeyConstraint(["creator_id"], ["person.id"], name=op.f("fk_risk_creator_id_person")),
        sa.ForeignKeyConstraint(["issue_id"], ["task.id"], name=op.f("fk_risk_issue_id_task")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_risk_owner_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_risk_project_id_project")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_risk_task_id_task")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_risk_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_risk_workspace_id_number")),
    )
    with op.batch_alter_table("risk", schema=None) as batch_op:
        batch_op.create_index(
            "ix_risk_issue",
            ["workspace_id", "issue_id"],
            unique=False,
            sqlite_where=sa.text("issue_id IS NOT NULL"),
            postgresql_where=sa.text("issue_id IS NOT NULL"),
        )
        batch_op.create_index("ix_risk_owner", ["workspace_id", "owner_id", "is_open", "score"], unique=False)
        batch_op.create_index("ix_risk_project", ["workspace_id", "project_id", "is_open", "score"], unique=False)
        batch_op.create_index(
            "ix_risk_review",
            ["workspace_id", "review_on"],
            unique=False,
            sqlite_where=sa.text("review_on IS NOT NULL"),
            postgresql_where=sa.text("review_on IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_risk_task",
            ["workspace_id", "task_id"],
            unique=False,
            sqlite_where=sa.text("task_id IS NOT NULL"),
            postgresql_where=sa.text("task_id IS NOT NULL"),
        )

    op.create_table(
        "assessment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("risk_id", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Integer(), nullable=False),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("note", sqltypes.AutoString(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_assessment_author_id_person")),
        sa.ForeignKeyConstraint(["risk_id"], ["risk.id"], name=op.f("fk_assessment_risk_id_risk")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_assessment_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.create_index("ix_assessment_risk", ["workspace_id", "risk_id", "id"], unique=False)

    op.create_table(
        "signer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("stands_for_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_signer_approval_id_approval")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signer_person_id_person")),
        sa.ForeignKeyConstraint(["stands_for_id"], ["person.id"], name=op.f("fk_signer_stands_for_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_signer_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signer")),
    )
    with op.batch_alter_table("signer", schema=None) as batch_op:
        batch_op.create_index("ix_signer_approval", ["workspace_id", "approval_id"], unique=False)
        batch_op.create_index("ix_signer_person", ["workspace_id", "person_id", "archived_at"], unique=False)

    op.create_table(
        "vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("archived_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("for_id", sa.Integer(), nullable=False),
        sa.Column("choice", sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqltypes.AutoString(), nullable=True),
        sa.Column("platform", sqltypes.AutoString(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("choice IN ('approve', 'reject', 'return')", name=op.f("ck_vote_choice")),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_vote_approval_id_approval")),
        sa.ForeignKeyConstraint(["for_id"], ["person.id"], name=op.f("fk_vote_for_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_vote_person_id_person")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_vote_workspace_id_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote")),
    )
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.create_index("ix_vote_approval", ["workspace_id", "approval_id"], unique=False)
        batch_op.create_index(
            "ix_vote_person",
            ["workspace_id", "approval_id", "edition", "person_id"],
            unique=True,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_chosen", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("email_digest", sqltypes.AutoString(), nullable=True))
        batch_op.create_index("ix_account_email", ["workspace_id", "email_digest"], unique=False)

    with op.batch_alter_table("alias", schema=None) as batch_op:
        batch_op.create_index("ix_alias_person", ["workspace_id", "person_id"], unique=False)

    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_newest", ["workspace_id", "id"], unique=False)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("severity", sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("passed", sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("merged_into", sa.Integer(), nullable=True))
        batch_op.create_index(
            "ix_outbox_held",
            ["workspace_id", "person_id", "chat_id"],
            unique=False,
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        )
        batch_op.create_index(
            "ix_outbox_merged",
            ["workspace_id", "person_id", "merged_into"],
            unique=False,
            sqlite_where=sa.text("merged_into IS NOT NULL"),
            postgresql_where=sa.text("merged_into IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_outbox_passed",
            ["workspace_id", "seq"],
            unique=False,
            sqlite_where=sa.text("passed IS NOT NULL"),
            postgresql_where=sa.text("passed IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_outbox_passed_to",
            ["workspace_id", "person_id", "seq"],
            unique=False,
            sqlite_where=sa.text("passed IS NOT NULL"),
            postgresql_where=sa.text("passed IS NOT NULL"),
        )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("same_as_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_person_same_as_id_person"), "person", ["same_as_id"], ["id"])

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_closed"), sqlite_where=sa.text("closed_at IS NOT NULL"))
        batch_op.create_index(
            "ix_task_closed",
            ["workspace_id", "project_id", "closed_at", "status", "archived_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_task_closed",
            sqlite_where=sa.text("closed_at IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_task_closed"),
            ["workspace_id", "project_id", "closed_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NOT NULL"),
        )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_person_same_as_id_person"), type_="foreignkey")
        batch_op.drop_column("same_as_id")

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_passed_to",
            sqlite_where=sa.text("passed IS NOT NULL"),
            postgresql_where=sa.text("passed IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_outbox_passed",
            sqlite_where=sa.text("passed IS NOT NULL"),
            postgresql_where=sa.text("passed IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_outbox_merged",
            sqlite_where=sa.text("merged_into IS NOT NULL"),
            postgresql_where=sa.text("merged_into IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_outbox_held", sqlite_where=sa.text("state = 'held'"), postgresql_where=sa.text("state = 'held'")
        )
        batch_op.drop_column("merged_into")
        batch_op.drop_column("passed")
        batch_op.drop_column("severity")

    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_newest")

    with op.batch_alter_table("alias", schema=None) as batch_op:
        batch_op.drop_index("ix_alias_person")

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index("ix_account_email")
        batch_op.drop_column("email_digest")
        batch_op.drop_column("is_chosen")

    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_vote_person",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.drop_index("ix_vote_approval")

    op.drop_table("vote")
    with op.batch_alter_table("signer", schema=None) as batch_op:
        batch_op.drop_index("ix_signer_person")
        batch_op.drop_index("ix_signer_approval")

    op.drop_table("signer")
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.drop_index("ix_assessment_risk")

    op.drop_table("assessment")
    with op.batch_alter_table("risk", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_risk_task", sqlite_where=sa.text("task_id IS NOT NULL"), postgresql_where=sa.text("task_id IS NOT NULL")
        )
        batch_op.drop_index(
            "ix_risk_review",
            sqlite_where=sa.text("review_on IS NOT NULL"),
            postgresql_where=sa.text("review_on IS NOT NULL"),
        )
        batch_op.drop_index("ix_risk_project")
        batch_op.drop_index("ix_risk_owner")
        batch_op.drop_index(
            "ix_risk_issue",
            sqlite_where=sa.text("issue_id IS NOT NULL"),
            postgresql_where=sa.text("issue_id IS NOT NULL"),
        )

    op.drop_table("risk")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index("ix_proposal_task")
        batch_op.drop_index(
            "ix_proposal_muted",
            sqlite_where=sa.text("muted_until IS NOT NULL"),
            postgresql_where=sa.text("muted_until IS NOT NULL"),
        )

    op.drop_table("proposal")
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.drop_index("ix_approval_state")
        batch_op.drop_index("ix_approval_requester")
        batch_op.drop_index("ix_approval_project")

    op.drop_table("approval")
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.drop_index("ix_campaign_until")
        batch_op.drop_index("ix_campaign_project")

    op.drop_table("campaign")
    with op.batch_alter_table("linking", schema=None) as batch_op:
        batch_op.drop_index("ix_linking_other")
        batch_op.drop_index("ix_linking_digest")
        batch_op.drop_index("ix_linking_asker")

    op.drop_table("linking")
    op.drop_table("approvallimit")
    op.drop_table("audit_seal")
