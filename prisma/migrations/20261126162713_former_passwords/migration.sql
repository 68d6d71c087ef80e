-- CreateTable
CREATE TABLE "former_password" (
    "account_id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "former_password_pkey" PRIMARY KEY ("account_id","changed_at")
);

-- AddForeignKey
ALTER TABLE "former_password" ADD CONSTRAINT "former_password_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
