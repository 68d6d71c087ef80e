-- CreateTable
CREATE TABLE "audit_event" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "type" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "subject" UUID,
    "actor_kind" TEXT NOT NULL,
    "actor" TEXT,
    "client_id" TEXT,
    "request_id" TEXT,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_subject" (
    "account_id" UUID NOT NULL,
    "reference" UUID NOT NULL,
    "sealed_key" TEXT NOT NULL,

    CONSTRAINT "audit_subject_pkey" PRIMARY KEY ("account_id")
);

-- CreateIndex
CREATE INDEX "audit_event_subject_at_idx" ON "audit_event"("subject", "at");

-- CreateIndex
CREATE INDEX "audit_event_at_idx" ON "audit_event"("at");

-- CreateIndex
CREATE UNIQUE INDEX "audit_subject_reference_key" ON "audit_subject"("reference");

-- AddForeignKey
ALTER TABLE "audit_subject" ADD CONSTRAINT "audit_subject_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
