-- CreateTable
CREATE TABLE "attempt_bucket" (
    "key" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "attempt_bucket_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "attempt_bucket_last_at_idx" ON "attempt_bucket"("last_at");
