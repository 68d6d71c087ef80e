-- CreateTable
CREATE TABLE "email_challenge" (
    "id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_key" TEXT NOT NULL,
    "account_id" UUID,
    "client_id" TEXT,
    "sealed_code" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "tries_left" INTEGER NOT NULL,
    "sends" INTEGER NOT NULL DEFAULT 1,
    "sent_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "proven_at" TIMESTAMPTZ(3),
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "email_challenge_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outgoing_mail" (
    "id" UUID NOT NULL,
    "account_id" UUID,
    "name" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'waiting',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "outgoing_mail_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "email_challenge_token_hash_key" ON "email_challenge"("token_hash");

-- CreateIndex
CREATE INDEX "email_challenge_email_key_sent_at_idx" ON "email_challenge"("email_key", "sent_at");

-- CreateIndex
CREATE INDEX "email_challenge_expires_at_idx" ON "email_challenge"("expires_at");

-- CreateIndex
CREATE INDEX "outgoing_mail_due_at_idx" ON "outgoing_mail"("due_at");

-- CreateIndex
CREATE INDEX "outgoing_mail_account_id_idx" ON "outgoing_mail"("account_id");

-- AddForeignKey
ALTER TABLE "email_challenge" ADD CONSTRAINT "email_challenge_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "outgoing_mail" ADD CONSTRAINT "outgoing_mail_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
