-- AlterTable
ALTER TABLE "account" ADD COLUMN     "closes_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "one_use_link" (
    "token_hash" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "about" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "one_use_link_pkey" PRIMARY KEY ("token_hash")
);

-- CreateTable
CREATE TABLE "email_change" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "new_challenge_id" UUID NOT NULL,
    "old_challenge_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "changed_at" TIMESTAMPTZ(3),

    CONSTRAINT "email_change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "erasure" (
    "id" UUID NOT NULL,
    "erased_at" TIMESTAMPTZ(3) NOT NULL,
    "receipt" TEXT NOT NULL,
    "remaining" TEXT,
    "claimed_at" TIMESTAMPTZ(3),

    CONSTRAINT "erasure_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "one_use_link_account_id_idx" ON "one_use_link"("account_id");

-- CreateIndex
CREATE INDEX "one_use_link_expires_at_idx" ON "one_use_link"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "email_change_new_challenge_id_key" ON "email_change"("new_challenge_id");

-- CreateIndex
CREATE UNIQUE INDEX "email_change_old_challenge_id_key" ON "email_change"("old_challenge_id");

-- CreateIndex
CREATE INDEX "email_change_account_id_idx" ON "email_change"("account_id");

-- CreateIndex
CREATE INDEX "erasure_claimed_at_idx" ON "erasure"("claimed_at");

-- CreateIndex
CREATE INDEX "account_closes_at_idx" ON "account"("closes_at");

-- AddForeignKey
ALTER TABLE "one_use_link" ADD CONSTRAINT "one_use_link_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "email_change" ADD CONSTRAINT "email_change_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
