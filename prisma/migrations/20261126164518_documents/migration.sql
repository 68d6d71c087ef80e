-- CreateTable
CREATE TABLE "document_version" (
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "texts" JSONB NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "document_version_pkey" PRIMARY KEY ("name","version")
);

-- CreateTable
CREATE TABLE "document_acceptance" (
    "account_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "accepted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "document_acceptance_pkey" PRIMARY KEY ("account_id","name","version")
);

-- AddForeignKey
ALTER TABLE "document_acceptance" ADD CONSTRAINT "document_acceptance_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
