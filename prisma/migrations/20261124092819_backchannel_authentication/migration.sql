-- CreateTable
CREATE TABLE "backchannel_request" (
    "id" UUID NOT NULL,
    "client_id" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "scope" TEXT NOT NULL,
    "resources" TEXT[],
    "binding_message" TEXT,
    "sealed_secrets" TEXT NOT NULL,
    "decision" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "backchannel_request_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "backchannel_request_account_id_idx" ON "backchannel_request"("account_id");

-- CreateIndex
CREATE INDEX "backchannel_request_expires_at_idx" ON "backchannel_request"("expires_at");

-- AddForeignKey
ALTER TABLE "backchannel_request" ADD CONSTRAINT "backchannel_request_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
