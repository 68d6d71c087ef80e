-- CreateIndex
CREATE INDEX "data_export_ready_at_idx" ON "data_export"("ready_at");
