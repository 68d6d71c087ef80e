-- CreateTable
CREATE TABLE "factor_reset" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "ordered_by" TEXT NOT NULL,
    "approved_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "factor_reset_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "factor_reset_account_id_idx" ON "factor_reset"("account_id");

-- CreateIndex
CREATE INDEX "factor_reset_expires_at_idx" ON "factor_reset"("expires_at");

-- AddForeignKey
ALTER TABLE "factor_reset" ADD CONSTRAINT "factor_reset_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
